"""Speech as pictures: log-mel spectrograms, pooling that keeps frequency, a small network."""

from tlcourse.speech.augmentation import at_speed, mask, shift_in_time
from tlcourse.speech.log_mel import BANDS, FRAMES, N_SAMPLES, band_centers, count_frames, log_mel
from tlcourse.speech.network import features_of, speech_network, with_new_head
from tlcourse.speech.pictures import as_pictures
from tlcourse.speech.pooling import FORGET, pool
from tlcourse.speech.vgg_features import picture_features

__all__ = [
    "BANDS",
    "FORGET",
    "FRAMES",
    "N_SAMPLES",
    "as_pictures",
    "at_speed",
    "band_centers",
    "count_frames",
    "features_of",
    "log_mel",
    "mask",
    "picture_features",
    "pool",
    "shift_in_time",
    "speech_network",
    "with_new_head",
]
