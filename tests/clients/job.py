"""Calls STS repeatedly, and counts how many calls failed.

usage: job.py SECONDS PAUSE
"""
import sys
import time

import botocore.session

seconds, pause = map(float, sys.argv[1:])
sts = botocore.session.Session().create_client("sts")
begin = time.monotonic()
calls = failures = 0
while time.monotonic() - begin < seconds:
    try:
        sts.get_caller_identity()
    except Exception as error:
        failures += 1
        print(error, file=sys.stderr)
    calls += 1
    time.sleep(max(0, begin + calls * pause - time.monotonic()))
print(f"{calls} calls, {failures} failures")
