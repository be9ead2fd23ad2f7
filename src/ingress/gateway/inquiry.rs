//! `POST /inquiry`: a payment by its own id (PID) or by the merchant's (MID).

use super::{
    Gateway,
    answer::Reply,
    body::{self, Received},
    caller::Caller,
    codes, modify,
    refusal::Refusal,
    render, schema,
};
use axum::extract::{Request, State};
use purser_subjects::TransactionId;
use std::sync::Arc;

pub(crate) async fn handle(
    State(gateway): State<Arc<Gateway>>,
    request: Request,
) -> Result<Reply, Refusal> {
    let Received { headers, fields, correlation } = body::read(request).await?;
    let caller = Caller::of(&gateway, &headers, &fields).await?;
    let by_reference = match fields.get("idType").unwrap_or("PID") {
        "PID" => false,
        "MID" => true,
        _ => return Err(Refusal::of(codes::INVALID, "idType must be PID or MID")),
    };
    let id = fields.required(if by_reference { "merchantTransactionId" } else { "paymentId" })?;
    // The async page of the product sends the checksum of the payment itself.
    match fields.get("amount").filter(|_| by_reference) {
        Some(amount) => caller.check(&fields, &[&[id], &[id, amount]])?,
        None => caller.check(&fields, &[&[id]])?,
    }
    schema::check(&fields)?;
    if fields.required("paymentType")? != "IN" {
        return Err(Refusal::new(codes::PAYMENT_TYPE));
    }
    let payment = if by_reference {
        TransactionId::derive(&caller.merchant, id)
    } else {
        TransactionId::parse_derived(id).ok_or_else(|| Refusal::new(codes::NO_PAYMENT))?
    };
    let view = modify::inquire(&gateway, caller.merchant, &payment, correlation).await?;
    Ok(Reply::ok(render::inquiry(&view)))
}
