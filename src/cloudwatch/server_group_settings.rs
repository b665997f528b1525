//! What of a log group can be changed besides its days and tags: its key and its protection.

use super::server_refusal::{Refusal, required};
use super::server_state::Call;
use super::wire::{DeletionProtection, GroupKey};

/// AssociateKmsKey: the key is kept and given back; lines are not encrypted here.
pub async fn associate_key(call: &Call<'_>, request: GroupKey) -> Result<(), Refusal> {
    let key = required("kmsKeyId", &request.kms_key_id)?.clone();
    let change = call.change_group(named(call, &request)?, |group| {
        group.kms_key_id = Some(key.clone());
        Ok(())
    });
    change.await
}

/// DisassociateKmsKey.
pub async fn disassociate_key(call: &Call<'_>, request: GroupKey) -> Result<(), Refusal> {
    let change = call.change_group(named(call, &request)?, |group| {
        group.kms_key_id = None;
        Ok(())
    });
    change.await
}

/// PutLogGroupDeletionProtection.
pub async fn put_protection(call: &Call<'_>, request: DeletionProtection) -> Result<(), Refusal> {
    let identifier = required("logGroupIdentifier", &request.log_group_identifier)?;
    let flag = &request.deletion_protection_enabled;
    let is_protected = *required("deletionProtectionEnabled", flag)?;
    let name = call.name_of(identifier).ok_or(Refusal::NoGroup)?;
    let change = call.change_group(name, |group| {
        group.is_protected = is_protected;
        Ok(())
    });
    change.await
}

fn named<'a>(call: &Call<'_>, request: &'a GroupKey) -> Result<&'a str, Refusal> {
    if let Some(identifier) = &request.resource_identifier {
        return call.name_of(identifier).ok_or(Refusal::NoGroup);
    }
    let name = required("logGroupName", &request.log_group_name)?;
    Ok(name)
}
