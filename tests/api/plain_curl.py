"""Stands in for curl on machines without it: only the options that docs/api.md uses (-s, -f, -H, -d, -X)."""

import argparse
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

parser = argparse.ArgumentParser()
parser.add_argument("url")
parser.add_argument("-s", action="store_true")
parser.add_argument("-f", action="store_true")
parser.add_argument("-H", action="append", default=[])
parser.add_argument("-d")
parser.add_argument("-X")
options = parser.parse_args()
headers = dict(header.split(": ", 1) for header in options.H)
request = Request(options.url, options.d and options.d.encode(), headers, method=options.X)
try:
    with urlopen(request, timeout=30) as answer:
        sys.stdout.write(answer.read().decode())
except HTTPError as error:
    sys.exit(f"{error.code}: {error.read().decode()}")
