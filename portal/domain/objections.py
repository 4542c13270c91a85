"""Sending a matter back (退回、异议): coded reasons, once, and then final (domain 2.3, 2.5, 3.1)."""

from portal.domain.labelled import Labelled


class ObjectionReason(Labelled):
    """Why a unit says a matter is not its own."""

    NOT_OUR_DUTY = "not_our_duty", "不属于本单位职责"
    OTHER_LEVEL = "other_level", "属于上级或其他地区事权"
    ANOTHER_LEADS = "another_leads", "应由其他单位牵头"
    UNCLEAR = "unclear", "事项或诉求不清，无法办理"
    DUPLICATE = "duplicate", "与正在办理的事项重复"
    LEGAL_WAY = "legal_way", "应通过诉讼、仲裁、复议等法定途径"
    OTHER = "other", "其他原因"


class Ruling(Labelled):
    """What became of an objection; after either the unit may not send the matter back again."""

    UPHELD = "upheld", "同意退回"
    DISMISSED = "dismissed", "维持原交办"
