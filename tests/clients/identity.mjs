// Prints the ARN that STS sees for a profile, as the AWS SDK for JavaScript v3 loads it.
//
// usage: identity.mjs PROFILE STS_URL
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";

const [profile, endpoint] = process.argv.slice(2);
const credentials = fromNodeProviderChain({ profile });
const sts = new STSClient({ region: "eu-central-1", endpoint, credentials });
console.log((await sts.send(new GetCallerIdentityCommand({}))).Arn);
