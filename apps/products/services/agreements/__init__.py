from apps.products.services.agreements.drafting import (
    align_prices,
    keep_signed_file,
    open_agreement,
    revise_agreement,
)
from apps.products.services.agreements.ending import expire_agreements, terminate_agreement
from apps.products.services.agreements.notices import agreements_to_notice, tell_of_expiry
from apps.products.services.agreements.submission import (
    put_in_force,
    return_to_draft,
    submit_agreement,
)

__all__ = [
    "agreements_to_notice",
    "align_prices",
    "expire_agreements",
    "keep_signed_file",
    "open_agreement",
    "put_in_force",
    "return_to_draft",
    "revise_agreement",
    "submit_agreement",
    "tell_of_expiry",
    "terminate_agreement",
]
