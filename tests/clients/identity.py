"""Prints the ARN that STS sees for a profile, as botocore loads it.

usage: identity.py PROFILE STS_URL
"""
import sys

import botocore.session

profile, url = sys.argv[1:]
session = botocore.session.Session(profile=profile)
sts = session.create_client("sts", region_name="eu-central-1", endpoint_url=url)
print(sts.get_caller_identity()["Arn"])
