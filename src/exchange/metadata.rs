//! The sources of the machine itself: `credential_source = Ec2InstanceMetadata` and `EcsContainer`.

use super::Walk;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};

impl Walk<'_> {
    pub(super) fn instance_credentials(&self) -> Result<Credentials> {
        self.aws.instance_credentials().map_err(|reason| {
            self.silent("the EC2 instance metadata service", &reason)
                .hint("`Ec2InstanceMetadata` works on EC2 instances that have a role")
        })
    }

    pub(super) fn container_credentials(&self) -> Result<Credentials> {
        self.aws.container_credentials().map_err(|reason| {
            self.silent("the container's credentials endpoint", &reason).hint(
                "`EcsContainer` works in containers that have a role: ECS sets \
                 AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, EKS AWS_CONTAINER_CREDENTIALS_FULL_URI",
            )
        })
    }

    fn silent(&self, service: &str, reason: &str) -> Error {
        let (profile, location) = self.credential_source();
        Error::new(
            Kind::SourceFailed,
            format!("{profile} takes its credentials from {service}, which gave none: {reason}"),
        )
        .at(location)
    }
}
