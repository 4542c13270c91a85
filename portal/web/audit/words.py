"""Chinese words for the acts and kinds of record that the trail holds in code; a house test keeps them complete."""

ACTS = {
    "account_added": "新增账号",
    "account_approved": "审批启用账号",
    "account_disabled": "停用账号",
    "account_edited": "修改账号",
    "account_reassigned": "变更账号归属",
    "audit_verified": "核对审计链",
    "calendar_day_cleared": "清除工作日设定",
    "calendar_day_set": "设定工作日",
    "categories_adopted": "采用建议类别",
    "category_added": "新增类别",
    "category_moved": "调整类别顺序",
    "category_renamed": "类别改名",
    "category_restored": "恢复类别",
    "category_retired": "停用类别",
    "field_given_up": "结束分管",
    "field_taken_up": "新增分管",
    "leader_added": "新增领导",
    "leader_edited": "修改领导",
    "lock_lifted": "解除登录锁定",
    "locked": "登录锁定",
    "password_changed": "修改密码",
    "password_reset": "重置密码",
    "personal_data_seen": "查看完整个人信息",
    "post_corrected": "更正职务",
    "post_taken_up": "任新职务",
    "rules_changed": "修改工作设置",
    "sign_in_policy_changed": "修改登录策略",
    "signed_in": "登录",
    "signed_out": "退出登录",
    "signed_out_everywhere": "结束全部登录",
    "unit_added": "新增单位",
    "unit_edited": "修改单位",
    "unit_restored": "恢复单位",
    "unit_retired": "停用单位",
}

KINDS = {
    "account": "账号",
    "audit_head": "审计链",
    "booking": "预约",
    "calendar_day": "工作日历",
    "category": "诉求类别",
    "duty_turn": "轮值",
    "enterprise": "企业",
    "invited_unit": "到场单位",
    "leader": "领导",
    "matter": "诉求事项",
    "office_setting": "设置",
    "reception": "接待记录",
    "reception_day": "接待日",
    "slip": "交办单",
    "slip_version": "交办单版本",
    "slot": "时段",
    "stored_file": "附件",
    "unit": "单位",
}


def act_word(act: str) -> str:
    """The act in the office's words; an act nobody named is shown as it is stored."""
    return ACTS.get(act, act)


def kind_word(kind: str) -> str:
    """The kind of record in the office's words."""
    return KINDS.get(kind, kind)
