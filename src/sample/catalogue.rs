//! Brands, categories, products and list prices.

use chrono::NaiveDate;

use super::calendar::{WINDOW_START, date_of};
use super::rows::{Cents, Product, ProductId};

/// The own brand.
pub(super) const OWN_BRAND: &str = "northwind";
/// The other brands.
pub(super) const RIVAL_BRANDS: [&str; 2] = ["contoso", "fabrikam"];
/// Every category; all brands sell in each.
pub(super) const CATEGORIES: [&str; 3] = ["coffee", "tea", "chocolate"];
/// Products of each brand in each category, numbered from 1; the last one is the newest.
pub(super) const PRODUCTS_PER_CATEGORY: u32 = 4;

/// Day from which a product is sold. The newest own products came out in February 2026, so that some customers try
/// something new within the window; all others are older than the data.
pub(super) fn launch_day(product: ProductId) -> Option<u32> {
    (product.brand == OWN_BRAND && product.number == PRODUCTS_PER_CATEGORY).then_some(WINDOW_START + 70)
}

/// List price of one unit.
pub(super) fn list_price(product: ProductId) -> Cents {
    let of_category = match product.category {
        "coffee" => 790,
        "tea" => 420,
        _ => 290,
    };
    let of_brand = match product.brand {
        OWN_BRAND => 40,
        "contoso" => 0,
        _ => -30,
    };
    Cents(of_category + of_brand + 55 * i64::from(product.number))
}

/// All products in the order of the file.
pub(super) fn products() -> impl Iterator<Item = Product> {
    let brands = [OWN_BRAND, RIVAL_BRANDS[0], RIVAL_BRANDS[1]];
    brands.into_iter().flat_map(|brand| {
        CATEGORIES.into_iter().flat_map(move |category| {
            (1..=PRODUCTS_PER_CATEGORY).map(move |number| product(ProductId { brand, category, number }))
        })
    })
}

fn product(product_id: ProductId) -> Product {
    Product {
        product_id,
        brand: product_id.brand,
        category: product_id.category,
        launched_at: launch_day(product_id).map_or_else(|| launched_long_ago(product_id.number), date_of),
        unit_cost: Cents(list_price(product_id).0 * 55 / 100),
        is_necessity: product_id.category != "chocolate",
        rival_products_count: PRODUCTS_PER_CATEGORY * 2,
    }
}

fn launched_long_ago(number: u32) -> NaiveDate {
    let year = 2016 + i32::try_from(number).unwrap_or(0);
    NaiveDate::from_ymd_opt(year, 3, 1).unwrap_or_default()
}
