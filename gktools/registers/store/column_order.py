"""The columns of every register in the order in which they came: the seals of what was imported go by it.

A new field's column is appended to its register, and no name is ever moved or taken out: what was stored would no longer
have the seals it has. The order is the program's, not the store's: two columns that somebody exchanges are found.
"""

from __future__ import annotations

_OF_ALL = "id source_id replaces_id from_import until_import office_code file_year coverage_id file_row record_key said"

_OF_REGISTER = {
    "requests": (
        "number arrived_on channel confirmed_on received_on applicant applicant_alias subject topic "
        "correction_notified_on correction_due_on corrected_on correction_clear reasons_asked_on reasons_accepted "
        "delayed_until third_party_asked_on third_party_received_on third_party_replied_on third_party_opinion "
        "others_asked_on others_replied_on extended_on fee_method fee_items fee_pages fee_notified_on "
        "fee_received_on fee_charged fee_due_on fee_paid_on fee_paid replied_on reply_number delivery posted_on "
        "signed_on sent_on delivered_on disposition articles lapsed_on withdrawn_on earlier_number redo_of "
        "handed_over_on handed_to taken_over_on applicant_name_hash applicant_id_hash applicant_contact_hash"
    ),
    "reconsiderations": (
        "number request_number authority notified_on accepted_on act closed_on method outcome correction suspended"
    ),
    "lawsuits": (
        "number first_number request_number reconsideration_number court instance role notified_on judged_on "
        "effective_on method outcome"
    ),
    "documents": (
        "title number kind lead published_on effective_on expires_on filing_number repealed_on repeal_basis "
        "public_on address revision"
    ),
    "decisions": "number kind name decided_on public not_public_because public_on party_hash",
    "items": "code name kind listed added_on removed_on",
    "charges": "name basis standard collected_on receipt_code receipt amount",
    "procurements": "number name procedure central signed_on amount address",
    "publications": (
        "title index column channel formed_on published_on topic interpretation interpretation_form count"
    ),
    "matters": "kind platform handled_on number count note",
    "activities": "kind held_on name people result problems mended material",
    "declared": "table row column metric value reason person declared_on",
}

COLUMN_ORDER = {register: tuple(f"{_OF_ALL} {names}".split()) for register, names in _OF_REGISTER.items()}
"""The columns of each register by its key."""
