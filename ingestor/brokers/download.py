"""Fetches and reads a list that a broker publishes."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from ingestor.errors import BhavError

if TYPE_CHECKING:
    from collections.abc import Mapping

ATTEMPTS = 4
TIMEOUT = (5.0, 30.0)
"""Seconds to connect, and between two parts of the answer."""
TOO_MANY = 429
LATER = "try again later"


def download(url: str, headers: Mapping[str, str] | None = None, *, refused: str = LATER) -> str:
    """Return the text behind an address; what may pass (no answer, 429, 5xx) is tried again a few times.

    Raises BhavError for anything but a text, with `refused` as the hint where the broker says 401 or 403. The body is
    complete: one that ends before its announced length is no answer.
    """
    retrying = Retrying(
        retry=retry_if_exception_type(requests.RequestException),
        wait=wait_random_exponential(multiplier=0.5, max=8),
        stop=stop_after_attempt(ATTEMPTS),
        reraise=True,
    )
    place = f"{urlsplit(url).netloc}{urlsplit(url).path}"
    try:
        response = retrying(_get, url, headers)
    except requests.HTTPError as error:
        raise BhavError(f"{place} answers {error.response.status_code}", LATER) from error
    except requests.Timeout as error:
        raise BhavError(f"{place} does not answer in time", LATER) from error
    except requests.RequestException as error:
        raise BhavError(f"cannot fetch {place}: {error}", "check the network") from error
    if not response.ok:
        hint = refused if response.status_code in {401, 403} else LATER
        raise BhavError(f"{place} answers {response.status_code}", hint)
    text = response.content.decode(errors="replace")
    if text.lstrip()[:1] in {"<", "{"}:
        raise BhavError(f"{place} answers with a page instead of a list", LATER)
    return text


def read(text: str, source: str) -> list[list[str]]:
    """Return the rows of a list, header and all. Raises BhavError naming the source where they are not whole."""
    lines = [line for line in text.splitlines() if line]
    rows = list(csv.reader(lines))
    if not rows:
        raise BhavError(f"{source} is empty", LATER)
    if len(rows) < len(lines):
        raise BhavError(f"{source} has a quotation mark without its pair", LATER)
    if len(rows[-1]) < len(rows[0]):
        raise BhavError(f"{source} ends in the middle of a row", LATER)
    return rows


def _get(url: str, headers: Mapping[str, str] | None) -> requests.Response:
    response = requests.get(url, headers=headers, timeout=TIMEOUT)
    if response.status_code == TOO_MANY or response.status_code >= 500:  # noqa: PLR2004 - errors of the server
        response.raise_for_status()
    return response
