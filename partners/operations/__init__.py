"""Writes: partners from call to exit, the projects they run in facilities, and charity projects with the money that arrived."""

from partners.operations.agreement import (
    Price,
    assess,
    begin_exit,
    check_landing,
    draft_agreement,
    land,
    leave,
    mended,
    order,
    renew,
    sign,
    stay,
    void,
)
from partners.operations.application import (
    add_application_file,
    admit,
    announce,
    apply,
    enter_score,
    finish_scoring,
    hand_back,
    qualify,
    resubmit,
    turn_down,
    withdraw,
)
from partners.operations.call import add_need, cancel_call, close_call, drop_need, edit_call, open_call, start_call
from partners.operations.charity import record_charity_project, record_receipt
from partners.operations.files import held_files, keep_file
from partners.operations.partner import register_partner
from partners.operations.project import PROJECT_REFUSALS, edit_project, record_project
from partners.operations.steps import PartnerRefused

__all__ = [
    "PROJECT_REFUSALS",
    "PartnerRefused",
    "Price",
    "add_application_file",
    "add_need",
    "admit",
    "announce",
    "apply",
    "assess",
    "begin_exit",
    "cancel_call",
    "check_landing",
    "close_call",
    "draft_agreement",
    "drop_need",
    "edit_call",
    "edit_project",
    "enter_score",
    "finish_scoring",
    "hand_back",
    "held_files",
    "keep_file",
    "land",
    "leave",
    "mended",
    "open_call",
    "order",
    "qualify",
    "record_charity_project",
    "record_project",
    "record_receipt",
    "register_partner",
    "renew",
    "resubmit",
    "sign",
    "start_call",
    "stay",
    "turn_down",
    "void",
    "withdraw",
]
