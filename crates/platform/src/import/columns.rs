//! Which column of a list means what: documented names, recognised whatever their case, blanks and punctuation, in English and Chinese.

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Column {
    Id,
    Name,
    Kind,
    Department,
    Groups,
    Tags,
    ValidFrom,
    ValidUntil,
    /// Both ends of the validity in one cell.
    Validity,
    /// The file name of the photo.
    Photo,
    /// Free information as a JSON object.
    Info,
    /// One field of the free information.
    InfoField(String),
    /// Why the row failed before: what the download of failed rows adds, and nobody reads.
    Reason,
}

/// The names of the template, in its order; each is also what exports are written with.
pub(crate) const NAMES: [&str; 10] = [
    "identity_id",
    "name",
    "type",
    "department",
    "groups",
    "tags",
    "valid_from",
    "valid_until",
    "photo",
    "info",
];

/// Other names each column goes by, folded.
const KNOWN: [(Column, &[&str]); 12] = [
    (
        Column::Id,
        &[
            "identityid",
            "id",
            "personid",
            "userid",
            "number",
            "no",
            "jobnumber",
            "employeeid",
            "employeeno",
            "staffid",
            "工号",
            "编号",
            "人员编号",
            "员工编号",
            "员工号",
            "学号",
            "证件号",
            "身份证号",
        ],
    ),
    (Column::Name, &["name", "fullname", "personname", "username", "姓名", "名字", "人员姓名"]),
    (Column::Kind, &["type", "persontype", "kind", "类型", "人员类型", "类别"]),
    (Column::Department, &["department", "dept", "部门", "所属部门", "组织"]),
    (
        Column::Groups,
        &["groups", "group", "permissiongroups", "permissiongroup", "权限组", "权限", "通行权限"],
    ),
    (Column::Tags, &["tags", "tag", "labels", "标签"]),
    (
        Column::ValidFrom,
        &[
            "validfrom",
            "from",
            "startdate",
            "begin",
            "生效日期",
            "开始日期",
            "有效期开始",
            "生效时间",
            "开始时间",
        ],
    ),
    (
        Column::ValidUntil,
        &[
            "validuntil",
            "validto",
            "until",
            "enddate",
            "expires",
            "expiry",
            "失效日期",
            "结束日期",
            "有效期结束",
            "失效时间",
            "结束时间",
            "有效期至",
        ],
    ),
    (Column::Validity, &["validity", "有效期", "有效期限"]),
    (Column::Photo, &["photo", "photofile", "picture", "image", "照片", "图片", "头像", "照片文件"]),
    (Column::Info, &["info", "信息"]),
    (Column::Reason, &["reason", "原因"]),
];

/// The meaning of every column, and the headers nobody understands.
pub(super) fn read(headers: &[String]) -> Result<(Vec<Option<Column>>, Vec<String>), String> {
    let mut columns = Vec::with_capacity(headers.len());
    let mut ignored = Vec::new();
    for header in headers {
        let column = meaning(header);
        if let Some(column) = &column
            && columns.contains(&Some(column.clone()))
        {
            return Err(format!("two columns mean the same: the second is {header:?}"));
        }
        if column.is_none() && !header.trim().is_empty() {
            ignored.push(header.clone());
        }
        columns.push(column);
    }
    if !columns.contains(&Some(Column::Id)) {
        return Err(format!(
            "no column holds the id: name one `identity_id` (or 工号); the first line must be the header, found {headers:?}"
        ));
    }
    Ok((columns, ignored))
}

fn meaning(header: &str) -> Option<Column> {
    if let Some(field) = header.trim().strip_prefix("info.").map(str::trim).filter(|field| !field.is_empty())
    {
        return Some(Column::InfoField(field.to_owned()));
    }
    let folded = fold(header);
    KNOWN.iter().find(|(_, names)| names.contains(&folded.as_str())).map(|(column, _)| column.clone())
}

/// Lower case, without blanks and punctuation; what stands in brackets explains and does not name.
fn fold(header: &str) -> String {
    let named = header.split(['(', '（', '[', '【']).next().unwrap_or_default();
    named.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[&str]) -> Result<(Vec<Option<Column>>, Vec<String>), String> {
        read(&headers.iter().map(|header| (*header).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn headers_are_recognised_in_many_spellings() {
        let (columns, ignored) =
            of(&["Identity ID", " NAME ", "Valid-Until", "部门", "权限组", "info.phone", "Shoe size", ""])
                .unwrap();
        let expected = [
            Some(Column::Id),
            Some(Column::Name),
            Some(Column::ValidUntil),
            Some(Column::Department),
            Some(Column::Groups),
            Some(Column::InfoField("phone".to_owned())),
            None,
            None,
        ];
        assert_eq!(columns, expected);
        assert_eq!(ignored, ["Shoe size"]);
        let (columns, _) = of(&["工号（必填）", "姓名", "类型", "有效期"]).unwrap();
        assert_eq!(
            columns,
            [Some(Column::Id), Some(Column::Name), Some(Column::Kind), Some(Column::Validity)]
        );
    }

    #[test]
    fn every_name_of_the_template_is_known() {
        let (columns, ignored) = of(&NAMES).unwrap();
        assert!(ignored.is_empty() && columns.iter().all(Option::is_some));
    }

    #[test]
    fn a_list_without_ids_or_with_two_of_a_kind_is_refused() {
        assert!(of(&["name", "type"]).unwrap_err().contains("identity_id"));
        assert!(of(&["id", "工号"]).unwrap_err().contains("工号"));
    }
}
