// Prints what the SDK for JavaScript reads from the named profiles, as JSON.
import { fromIni } from "@aws-sdk/credential-providers";

const found = {};
for (const profile of process.argv.slice(2)) {
  const credentials = await fromIni({ profile })();
  found[profile] = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  };
}
console.log(JSON.stringify(found));
