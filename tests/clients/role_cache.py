"""Prints the access key that botocore uses for an SSO profile, with the AWS CLI's cache of role
credentials.

usage: role_cache.py PROFILE
"""
import os
import sys

import botocore.session
from botocore.utils import JSONFileCache

session = botocore.session.Session(profile=sys.argv[1])
provider = session.get_component("credential_provider").get_provider("sso")
provider.cache = JSONFileCache(os.path.expanduser("~/.aws/cli/cache"))
print(session.get_credentials().get_frozen_credentials().access_key)
