// Prints the ARN that STS at the given URL sees. The AWS SDK for JavaScript v2 itself loads the
// credentials.
process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = "1";
const { default: AWS } = await import("aws-sdk");

const sts = new AWS.STS({ endpoint: process.argv[2], region: "eu-west-1" });
console.log((await sts.getCallerIdentity().promise()).Arn);
