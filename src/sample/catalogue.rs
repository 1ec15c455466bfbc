//! Brands, categories, products and list prices.

use chrono::NaiveDate;

use super::calendar::{WINDOW_START, date_of};
use super::dice::Dice;
use super::ids::{Cents, ProductId};
use super::rows::Product;
use super::service_rows::PriceChange;

/// The own brand.
pub(super) const OWN_BRAND: &str = "northwind";
/// The other brands.
pub(super) const RIVAL_BRANDS: [&str; 2] = ["contoso", "fabrikam"];
/// Every category; all brands sell in each.
pub(super) const CATEGORIES: [&str; 3] = ["coffee", "tea", "chocolate"];
/// Products of each brand in each category, numbered from 1; the last one is the newest.
pub(super) const PRODUCTS_PER_CATEGORY: u32 = 4;

/// Day on which the newest own products came out, in February 2026: some customers try something new within the window.
pub(super) const LAUNCH_DAY: u32 = WINDOW_START + 70;

/// Day from which a product is sold, for those that are not older than the data.
pub(super) fn launch_day(product: ProductId) -> Option<u32> {
    (product.brand == OWN_BRAND && product.number == PRODUCTS_PER_CATEGORY).then_some(LAUNCH_DAY)
}

/// A change of the list price of an own product, in percent.
struct Repricing {
    category: &'static str,
    number: u32,
    day: u32,
    percent: i64,
}

/// All within the window, with four weeks of sales on both sides.
const REPRICINGS: [Repricing; 4] = [
    Repricing { category: "coffee", number: 1, day: WINDOW_START + 120, percent: 8 },
    Repricing { category: "tea", number: 2, day: WINDOW_START + 165, percent: -10 },
    Repricing { category: "chocolate", number: 3, day: WINDOW_START + 240, percent: 12 },
    Repricing { category: "coffee", number: 3, day: WINDOW_START + 290, percent: -7 },
];

/// List price of one unit on a day.
pub(super) fn list_price(product: ProductId, day: u32) -> Cents {
    let first = first_price(product);
    match repricing(product) {
        Some(change) if day >= change.day => repriced(first, change),
        _ => first,
    }
}

/// Percent that everybody with a card pays less for a product, on every day: the second of each category and brand.
pub(super) fn card_percent(product: ProductId) -> i64 {
    if product.number == 2 { 10 } else { 0 }
}

/// Every change of a list price.
pub(super) fn price_changes() -> impl Iterator<Item = PriceChange> {
    REPRICINGS.iter().map(|change| {
        let product_id = ProductId { brand: OWN_BRAND, category: change.category, number: change.number };
        let old_price = first_price(product_id);
        let new_price = repriced(old_price, change);
        PriceChange { product_id, changed_at: date_of(change.day), old_price, new_price }
    })
}

/// A product of the brand and category that is sold on that day. What became dearer is bought less often, what became
/// cheaper more often.
pub(super) fn draw_product(brand: &'static str, category: &'static str, day: u32, dice: &mut Dice) -> ProductId {
    let weighed = [1, 2, 3, 4].map(|number| {
        let product = ProductId { brand, category, number };
        let percent = repricing(product).filter(|change| day >= change.day).map_or(0, |change| change.percent);
        let weight = u32::try_from(100 - 4 * percent).unwrap_or(0);
        (if launch_day(product).is_some_and(|launched| day < launched) { 0 } else { weight }, product)
    });
    dice.pick(&weighed)
}

fn repricing(product: ProductId) -> Option<&'static Repricing> {
    let is_it = |change: &&Repricing| {
        product.brand == OWN_BRAND && product.category == change.category && product.number == change.number
    };
    REPRICINGS.iter().find(is_it)
}

fn repriced(price: Cents, change: &Repricing) -> Cents {
    Cents(price.0 * (100 + change.percent) / 100)
}

fn first_price(product: ProductId) -> Cents {
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
        unit_cost: Cents(first_price(product_id).0 * 55 / 100),
        is_necessity: product_id.category != "chocolate",
        // Chocolate has few rivals.
        rival_products_count: if product_id.category == "chocolate" { 3 } else { PRODUCTS_PER_CATEGORY * 2 },
    }
}

fn launched_long_ago(number: u32) -> NaiveDate {
    let year = 2016 + i32::try_from(number).unwrap_or(0);
    NaiveDate::from_ymd_opt(year, 3, 1).unwrap_or_default()
}
