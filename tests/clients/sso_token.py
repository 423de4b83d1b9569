"""Prints a fingerprint of the SSO token that botocore uses for a profile. botocore refreshes it
if it considers that due.

usage: sso_token.py PROFILE
"""
import hashlib
import sys

import botocore.session

session = botocore.session.Session(profile=sys.argv[1])
token = session.get_auth_token().get_frozen_token().token
print("sha256:" + hashlib.sha256(token.encode()).hexdigest()[:12])
