// Prints the ARN that STS sees for each line on stdin, as the AWS SDK for JavaScript v3 loads and
// renews credentials by itself.
import { createInterface } from "node:readline";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const sts = new STSClient({});
for await (const line of createInterface({ input: process.stdin })) {
  console.log((await sts.send(new GetCallerIdentityCommand({}))).Arn);
}
