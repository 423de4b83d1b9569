// Prints the ARN that STS sees and the region, as the default chain of the AWS SDK for JavaScript v3
// finds them.
//
// usage: chain.mjs STS_URL [PROFILE]
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const [endpoint, profile] = process.argv.slice(2);
const sts = new STSClient({ endpoint, ...(profile && { profile }) });
const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
console.log(Arn, await sts.config.region());
