// Prints the ARN that STS sees, once for each line on stdin. The AWS SDK for Java v2 itself loads and
// renews the credentials.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import software.amazon.awssdk.services.sts.StsClient;

public final class Renew {
  public static void main(String[] arguments) throws Exception {
    var lines = new BufferedReader(new InputStreamReader(System.in));
    try (var sts = StsClient.create()) {
      while (lines.readLine() != null) {
        System.out.println(sts.getCallerIdentity().arn());
      }
    }
  }
}
