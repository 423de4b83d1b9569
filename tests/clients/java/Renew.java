// Prints the ARN that STS sees for each line on stdin, as the AWS SDK for Java v2 loads and renews
// credentials by itself.

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
