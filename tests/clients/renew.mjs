// Prints the ARN that STS sees, once for each line on stdin. The AWS SDK for JavaScript v3 itself loads
// and renews the credentials.
import { createInterface } from "node:readline";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const sts = new STSClient({});
for await (const line of createInterface({ input: process.stdin })) {
  console.log((await sts.send(new GetCallerIdentityCommand({}))).Arn);
}
