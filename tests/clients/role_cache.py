"""Prints the access key that botocore uses for an SSO profile, with the cache of role credentials
that the AWS CLI puts into it.

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
