"""Prints the ARN that STS sees, once for each line on stdin. botocore itself loads and renews the
credentials.
"""
import sys

import botocore.session

sts = botocore.session.Session().create_client("sts")
for line in sys.stdin:
    print(sts.get_caller_identity()["Arn"], flush=True)
