//! What a column stands for, whatever it is called.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::data_type::DataType;

/// What a column stands for. The report goes by it to hide small groups, to refuse rows of single customers, and to write
/// values; the name of the column means nothing to it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnRole {
    /// Identifies the customer that the row is about. The report never shows such rows; it can count their customers.
    CustomerId,
    /// Identifies something that belongs to one customer, such as an order, an answer, a contact or another customer. The
    /// report never shows such rows.
    PersonalId,
    /// Identifies something that belongs to no customer, such as a product.
    ItemId,
    /// Number of customers that the row is about; of answers where these may be anonymous. Where they are fewer than `min_cell`, the numbers of the row are hidden.
    CustomersCount,
    /// Number of cases, answers or other observations that the shares and means of the row are of. Where they are fewer than
    /// `min_cell`, the numbers of the row are hidden.
    N,
    /// Number of some of the customers, or of others than the row is about. Where they are fewer than `min_cell`, this value
    /// is hidden and the others of the row are not.
    PartCount,
    /// True where the query left the numbers of the row out because the group is too small.
    Suppressed,
    /// Unit of the values of the row, where every row has a unit of its own.
    Unit,
    /// Figure of a textbook to compare with, not computed from the data.
    Textbook,
    /// Day that stands for its month. The same customers may be in several months, so months do not give each other away.
    Month,
    /// Other span of time, such as the number of months since a first purchase. Like months, spans do not give each other
    /// away.
    Period,
    /// Name of what the `dimension_value` of the row is a value of.
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

    /// Whether a small value of a column of this role hides all numbers of its row.
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
