"""Signals stop the work once, let the cleaning up finish, and cannot be lost."""

import signal
import sys
import threading

import pytest

from tlcourse.jobs import interrupts
from tlcourse.jobs.interrupts import check, shielded, watched


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_interrupts_and_sets_the_status(signum, status):
    before = signal.getsignal(signum)
    with watched() as watch:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signum)
        assert watch.status == status
    assert signal.getsignal(signum) is before


def test_a_second_signal_does_not_stop_the_cleaning_up(monkeypatch):
    with watched():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)  # impatient: nothing happens
        monkeypatch.setattr(interrupts, "_CLEANING_SECONDS", 0.0)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)  # later: it counts again


def test_an_interruption_that_python_cannot_raise_is_found_again(capsys):
    class Noisy:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    with watched() as watch:
        check()
        Noisy()
        assert watch.signum == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            check()
    assert "Traceback" not in capsys.readouterr().err
    check()


def test_other_lost_exceptions_are_still_shown():
    seen = []
    before, sys.unraisablehook = sys.unraisablehook, lambda u: seen.append(u.exc_type)
    try:
        with watched():
            quiet = sys.unraisablehook
            for kind in (KeyboardInterrupt, ValueError):
                quiet(type("U", (), {"exc_type": kind}))
    finally:
        sys.unraisablehook = before
    assert seen == [ValueError]


def test_a_shield_holds_signals_back():
    done = []
    with pytest.raises(KeyboardInterrupt), watched(), shielded():  # noqa: PT012
        signal.raise_signal(signal.SIGTERM)
        done.append("whole")
    assert done == ["whole"]


def test_ignored_signals_stay_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with watched() as watch:
            signal.raise_signal(signal.SIGHUP)
            assert watch.signum == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_may_use_it():
    failures = []

    def work():
        try:
            with watched(), shielded():
                check()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert failures == []
