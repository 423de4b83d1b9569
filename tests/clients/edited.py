"""Reads files before and after an edit as botocore does.

Usage: edited.py CASES, a JSON array of objects with kind, before, after, profile and expected. Prints
how many of them botocore could read before the edit. Reports those that it reads differently from
what was expected after the edit.
"""

import json
import sys

from botocore import configloader
from botocore.exceptions import ConfigParseError


def profiles(case, which):
    if case["kind"] == "config":
        loaded = configloader.load_config(case[which])
        return {("profile", name): keys for name, keys in loaded["profiles"].items()} | {
            ("session", name): keys for name, keys in loaded["sso_sessions"].items()
        }
    loaded = configloader.raw_config_parse(case[which])
    return {("profile", name): keys for name, keys in loaded.items()}


def wrong(case, before, after):
    target = ("profile", case["profile"])
    found = after.pop(target, {})
    old = before.pop(target, {})
    if {**old, **case["expected"]} != found:
        return f"the profile is {found}, and was {old}"
    if before != after:
        return f"other sections changed from {before} to {after}"
    return None


def main():
    with open(sys.argv[1]) as file:
        cases = json.load(file)
    read, status = 0, 0
    for case in cases:
        try:
            before = profiles(case, "before")
        except ConfigParseError:
            continue
        read += 1
        try:
            words = wrong(case, before, profiles(case, "after"))
        except ConfigParseError as error:
            words = str(error)
        if words:
            status = 1
            with open(case["after"]) as file:
                print(f"{case}: {words}\n{file.read()!r}")
    print(read)
    sys.exit(status)


main()
