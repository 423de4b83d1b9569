// Prints the ARN that STS sees for an SSO profile, as `fromSSO` of the AWS SDK for JavaScript v3
// loads it. The SDK refreshes the login if it considers that due.
//
// usage: sso.mjs PROFILE STS_URL
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromSSO } from "@aws-sdk/credential-providers";

const [profile, endpoint] = process.argv.slice(2);
const credentials = fromSSO({ profile });
const sts = new STSClient({ region: "eu-central-1", endpoint, credentials });
console.log((await sts.send(new GetCallerIdentityCommand({}))).Arn);
