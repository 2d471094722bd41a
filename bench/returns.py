"""How long a clerk waits from a typed cell to the judged panel, with many clerks at once, over HTTP in a running portal.

python -m bench.returns --url http://127.0.0.1:8000 --clerks 20 --seconds 20

Needs `./run` with the demonstration data; only loopback. Each clerk holds a session of its own and a return of its own,
changes the address of the facility, and thinks between two saves as long as --think says on the average: from half to
one and a half times that, drawn from a fixed seed, so that the clerks do not press in step. --in-step lets all of them
press at the same instants, the worst that can happen. The address is put back at the end. Target: p95 at most 300 ms
(issue of the street's desk); what the machine does besides counts in.
"""

import argparse
import http.cookiejar
import json
import random
import re
import statistics
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

SERIAL = re.compile(r'name="serial"[^>]*value="(\d+)"')
ADDRESS = re.compile(r'name="c\|(facility\|[^"|]+\|address)"[^>]*value="([^"]*)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
RETURN = re.compile(r'href="(/returns/[0-9a-f-]{36}/)"')
TARGET_MS = 300


class Clerk:
    """A session of its own: signs in, opens one return, saves one cell again and again."""

    def __init__(self, url: str, username: str, password: str):
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.times_ms: list[float] = []
        self.refused: list[str] = []
        token = _first(TOKEN, self.get("/login/"))
        self.post("/login/", {"csrfmiddlewaretoken": token, "username": username, "password": password})

    def get(self, path: str) -> str:
        with self.opener.open(self.url + path, timeout=60) as answer:
            return answer.read().decode()

    def post(self, path: str, fields: dict[str, str]) -> str:
        request = urllib.request.Request(  # noqa: S310 loopback only, see main
            self.url + path, urllib.parse.urlencode(fields).encode(), {"Referer": self.url + path}
        )
        with self.opener.open(request, timeout=60) as answer:
            return answer.read().decode()

    def open(self, path: str) -> None:
        page = self.get(path)
        self.path, self.token, self.serial = path, _first(TOKEN, page), _first(SERIAL, page)
        found = ADDRESS.search(page)
        if not found:
            raise SystemExit(f"No field of the address on {path}.")
        self.cell, self.first = found[1], found[2]
        self.text = self.first

    def save(self, text: str) -> None:
        edits = json.dumps([[self.cell, self.text, text]])
        began = time.perf_counter()
        try:
            answer = json.loads(
                self.post(
                    f"{self.path}save/", {"csrfmiddlewaretoken": self.token, "serial": self.serial, "edits": edits}
                )
            )
        except (urllib.error.URLError, ValueError) as error:
            self.refused.append(str(error))
            return
        self.times_ms.append((time.perf_counter() - began) * 1000)
        if answer["conflicts"] or "panel" not in answer:
            self.refused.append("conflict or no panel")
        self.serial, self.text = str(answer["serial"]), text

    def work(self, until: float, think_s: float, spread: random.Random | None) -> None:
        """Save until the moment `until`; `spread` draws the pauses, None means all clerks in step."""
        number = 0
        if spread:
            time.sleep(spread.uniform(0, think_s))
        while time.monotonic() < until:
            number += 1
            self.save(f"{self.first}，第 {number} 次")
            time.sleep(spread.uniform(0.5, 1.5) * think_s if spread else think_s)
        self.save(self.first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--clerks", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--think", type=float, default=2.0, help="seconds between two saves of a clerk")
    parser.add_argument("--in-step", action="store_true", help="all clerks press at the same instants")
    parser.add_argument("--username", default="gongshu-admin")
    parser.add_argument("--password", default="yunhe-yanshi-2026")
    given = parser.parse_args()
    if urllib.parse.urlsplit(given.url).hostname not in {"127.0.0.1", "localhost"}:
        raise SystemExit("This bench puts load on a portal: only on loopback.")
    first = Clerk(given.url, given.username, given.password)
    paths = list(dict.fromkeys(RETURN.findall(first.get("/returns/?state=open&size=100"))))
    if len(paths) < given.clerks:
        print(f"Only {len(paths)} returns are open: that many clerks.")
    clerks = [Clerk(given.url, given.username, given.password) for _ in paths[: given.clerks]]
    for clerk, path in zip(clerks, paths, strict=False):
        clerk.open(path)
    until = time.monotonic() + given.seconds
    threads = [
        threading.Thread(
            target=clerk.work,
            args=(until, given.think, None if given.in_step else random.Random(number)),  # noqa: S311 # nosec B311 pauses
        )
        for number, clerk in enumerate(clerks)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(given.seconds + 120)
    times = sorted(time_ms for clerk in clerks for time_ms in clerk.times_ms)
    refused = [words for clerk in clerks for words in clerk.refused]
    if len(times) < 2:
        raise SystemExit(f"Nothing was saved: {refused[:3]}")
    alone = alone_ms(clerks[0])
    p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
    print(
        f"{len(clerks)} clerks, {len(times)} saves, {given.think:g} s between two; refused {len(refused)} {refused[:2]}"
    )
    print(f"save to panel  p50 {p50:.0f} ms  p95 {p95:.0f} ms  longest {times[-1]:.0f} ms  (target p95 {TARGET_MS} ms)")
    print(f"one clerk alone, middle of 10: {alone:.0f} ms; with the others {p50 / alone:.1f} times that")
    sys.exit(bool(refused))


def alone_ms(clerk: Clerk) -> float:
    """The middle of ten saves by one clerk while nobody else saves."""
    clerk.times_ms.clear()
    for number in range(9):
        clerk.save(f"{clerk.first}，又第 {number} 次")
    clerk.save(clerk.first)
    return statistics.median(clerk.times_ms)


def _first(pattern: re.Pattern[str], page: str) -> str:
    found = pattern.search(page)
    if not found:
        raise SystemExit(f"The page has no {pattern.pattern}; is the portal running with the demonstration data?")
    return found[1]


if __name__ == "__main__":
    main()
