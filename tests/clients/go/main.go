// Prints the ARN that STS sees, once for each line on stdin. The AWS SDK for Go v2 itself loads and
// renews the credentials.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx)
	check(err)
	client := sts.NewFromConfig(settings)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		identity, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		check(err)
		fmt.Println(*identity.Arn)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
