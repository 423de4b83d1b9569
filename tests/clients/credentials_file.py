"""Prints what botocore reads from the named profiles, as JSON."""

import json
import sys

from botocore.session import Session


def read(profile):
    credentials = Session(profile=profile).get_credentials()
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_SESSION_TOKEN": credentials.token,
    }


print(json.dumps({profile: read(profile) for profile in sys.argv[1:]}))
