// Prints the ARN that STS at the given URL sees. The AWS SDK for Java v1 itself loads the credentials.

import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.securitytoken.AWSSecurityTokenServiceClientBuilder;
import com.amazonaws.services.securitytoken.model.GetCallerIdentityRequest;

public final class IdentityV1 {
  public static void main(String[] arguments) {
    var endpoint = new EndpointConfiguration(arguments[0], "eu-west-1");
    var sts =
        AWSSecurityTokenServiceClientBuilder.standard().withEndpointConfiguration(endpoint).build();
    System.out.println(sts.getCallerIdentity(new GetCallerIdentityRequest()).getArn());
  }
}
