//! The roles of columns, which do not depend on their names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::data_type::DataType;

/// The role of a column. The report uses it to suppress small groups, to refuse rows about single customers, and to
/// format values; it ignores the column's name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnRole {
    /// Identifies the customer that the row is about. The report never shows such rows; it can count their customers.
    CustomerId,
    /// Identifies something that belongs to one customer, such as an order, an answer, a contact or another customer.
    /// The report never shows such rows.
    PersonalId,
    /// Identifies something that belongs to no customer, such as a product.
    ItemId,
    /// Number of customers that the row is about; of answers where these may be anonymous. If it is below `min_cell`,
    /// the numbers of the row are suppressed.
    CustomersCount,
    /// Number of cases, answers or other observations that the shares and means of the row are based on. If it is below
    /// `min_cell`, the numbers of the row are suppressed.
    N,
    /// Number of a part of the customers, or of other customers than those that the row is about. If it is below
    /// `min_cell`, only this value is suppressed.
    PartCount,
    /// True if the query suppressed the numbers of the row because the group is too small.
    Suppressed,
    /// Unit of the values of the row, if units differ between rows.
    Unit,
    /// Figure from a textbook, for comparison; not computed from the data.
    Textbook,
    /// Day that represents its month. The same customers may appear in several months, so a suppressed month cannot be
    /// derived from the others.
    Month,
    /// Other span of time, such as the number of months since a first purchase. As with months, a suppressed span
    /// cannot be derived from the others.
    Period,
    /// Name of the dimension that the `dimension_value` of the row belongs to.
    Dimension,
    /// Value of the `dimension` of the row.
    DimensionValue,
    /// Key of a loyalty segment, which the report writes as the name of the segment.
    Segment,
}

impl ColumnRole {
    /// Its name in YAML.
    pub fn name(self) -> &'static str {
        match self {
            Self::CustomerId => "customer_id",
            Self::PersonalId => "personal_id",
            Self::ItemId => "item_id",
            Self::CustomersCount => "customers_count",
            Self::N => "n",
            Self::PartCount => "part_count",
            Self::Suppressed => "suppressed",
            Self::Unit => "unit",
            Self::Textbook => "textbook",
            Self::Month => "month",
            Self::Period => "period",
            Self::Dimension => "dimension",
            Self::DimensionValue => "dimension_value",
            Self::Segment => "segment",
        }
    }

    /// Whether a table may have only one column of this role.
    pub fn is_single(self) -> bool {
        matches!(self, Self::CustomerId | Self::Suppressed | Self::Unit | Self::Dimension | Self::DimensionValue)
    }

    /// Whether a column of this role identifies one customer, or something only one customer did.
    pub fn is_personal(self) -> bool {
        matches!(self, Self::CustomerId | Self::PersonalId)
    }

    /// Whether a column of this role counts people or observations, so that a small value must not be shown.
    pub fn is_count(self) -> bool {
        matches!(self, Self::CustomersCount | Self::N | Self::PartCount)
    }

    /// Whether a small value in a column of this role suppresses all numbers of its row.
    pub fn is_group_size(self) -> bool {
        matches!(self, Self::CustomersCount | Self::N)
    }

    /// Whether the same customers may be in several rows that differ in a column of this role.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Month | Self::Period)
    }

    /// Whether a column of this type can have the role.
    pub fn fits(self, data_type: DataType) -> bool {
        use DataType::{Boolean, Date, Decimal, Double, Id, Integer, String, Timestamp};
        match self {
            Self::CustomerId | Self::PersonalId | Self::ItemId => matches!(data_type, Id | String | Integer),
            Self::CustomersCount | Self::N | Self::PartCount => data_type == Integer,
            Self::Suppressed => data_type == Boolean,
            Self::Unit | Self::Dimension | Self::DimensionValue | Self::Segment => data_type == String,
            Self::Textbook => matches!(data_type, Integer | Double | Decimal(_, _)),
            Self::Month => data_type == Date,
            Self::Period => matches!(data_type, String | Integer | Date | Timestamp),
        }
    }
}
