"""Prints the ARN that STS sees and the region, as botocore's default chain finds them.

usage: chain.py STS_URL [PROFILE]
"""
import sys

import botocore.session

url = sys.argv[1]
profile = sys.argv[2] if len(sys.argv) > 2 else None
session = botocore.session.Session(profile=profile)
sts = session.create_client("sts", endpoint_url=url)
print(sts.get_caller_identity()["Arn"], session.get_config_variable("region"))
