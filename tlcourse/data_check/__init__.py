"""The data doctor: what is wrong with a folder of pictures, before it spoils a model."""

from tlcourse.data_check.check import check_folder
from tlcourse.data_check.page import page_html
from tlcourse.data_check.report import KINDS, Finding, Report

__all__ = ["KINDS", "Finding", "Report", "check_folder", "page_html"]
