"""Run in the child by a test: takes memory until it has what it wants, or is told that there is none."""

NO_MORE = 7


def main(mebibytes: str) -> int:
    held = []
    try:
        for _ in range(int(mebibytes)):
            held.append(bytearray(b"x" * 1024 * 1024))
    except MemoryError:
        held.clear()
        return NO_MORE
    return 0
