"""The form of an enterprise's file."""

from wtforms import IntegerField, RadioField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from portal.services.enterprises import EnterpriseGiven
from portal.store.queries.enterprises import EnterpriseFacts
from portal.web.forms import PortalForm, at_most, required


class EnterpriseForm(PortalForm):
    """What is written down about an enterprise (一企一档)."""

    name = StringField("企业名称", [required("请填写企业名称。"), at_most(120)])
    credit_code = StringField("统一社会信用代码", [Optional(), at_most(40)], description="18 位；暂时没有可不填。")
    registered_place = StringField("注册地", [required("请填写企业注册地。"), at_most(200)])
    is_private = RadioField(
        "企业性质",
        choices=[SelectChoice(value="yes", label="民营企业（含个体工商户）"), SelectChoice(value="no", label="其他")],
        default="yes",
    )
    legal_representative = StringField("法定代表人", [Optional(), at_most(40)])
    industry = StringField("行业", [Optional(), at_most(60)])
    version = IntegerField(widget=HiddenInput())

    @classmethod
    def of(cls, facts: EnterpriseFacts) -> "EnterpriseForm":
        """The form as the file stands, or as it was sent."""
        return cls(
            name=facts.name,
            credit_code=facts.credit_code,
            registered_place=facts.registered_place,
            is_private="yes" if facts.is_private else "no",
            legal_representative=facts.legal_representative,
            industry=facts.industry,
            version=facts.version,
        )

    def given(self) -> EnterpriseGiven:
        """The file as the domain knows it."""
        return EnterpriseGiven(
            name=self.name.data,
            credit_code=self.credit_code.data or "",
            registered_place=self.registered_place.data,
            is_private=self.is_private.data != "no",
            industry=self.industry.data or "",
            legal_representative=self.legal_representative.data or "",
        )
