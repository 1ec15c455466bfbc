//! What the indicators must find in the sample: in all, and customer by customer.

use super::SampleSettings;
use super::customer::Generated;
use super::plan::Plan;
use super::profile::{Attitude, Behaviour};

/// What the indicators must find, under the shared default parameters, brand `northwind`, as_of_date 2026-11-30 and the
/// standard questionnaire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planted {
    /// All customers.
    pub customers_count: u64,
    /// Behaviour high, attitude high.
    pub true_count: u64,
    /// Behaviour low, attitude high.
    pub latent_count: u64,
    /// Behaviour high, attitude low.
    pub spurious_count: u64,
    /// Behaviour low, attitude low.
    pub none_count: u64,
    /// Closed the account, or bought mostly here and is gone, whatever the attitude.
    pub former_count: u64,
    /// Behaviour or attitude unknown, of all others.
    pub unmeasured_count: u64,
    /// Behaviour unknown: fewer than three occasions; without former customers.
    pub behaviour_insufficient_count: u64,
    /// Attitude unknown: no response; without former customers.
    pub never_answered_count: u64,
    /// Attitude unknown: less than half of the weight answered in the latest response; without former customers.
    pub half_answered_count: u64,
    /// Responses of all waves, anonymous ones too.
    pub responses_count: u64,
    /// Responses without a customer.
    pub anonymous_responses_count: u64,
    /// Responses without a score on at least one weighted item.
    pub incomplete_responses_count: u64,
    /// Transaction lines without a customer.
    pub lines_without_customer_count: u64,
    /// Transaction lines that repeat an order and line number, without the first of each.
    pub duplicate_lines_count: u64,
    /// Transaction lines later than 2026-11-30.
    pub lines_after_as_of_date_count: u64,
}

/// What the indicators must find about one customer, under the same parameters and with the mappings of the sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlantedCustomer {
    /// The customer, as in `customers.csv`.
    pub customer_id: String,
    /// Loyalty segment.
    pub segment: &'static str,
    /// Why the customer stays; nothing where behaviour is not high, nothing explains it, or the customer left.
    pub loyalty_type: Option<&'static str>,
    /// Why the customer left within the window (`unknown` where nothing explains it); nothing for those who did not.
    pub churn_cause: Option<&'static str>,
    /// Whether the customer gave the reason; otherwise what happened shows it.
    pub said_why: bool,
    /// What keeps a latent customer from buying, by name.
    pub barriers: Vec<&'static str>,
    /// Cause of the complaint made within the window, if any.
    pub complaint_cause: Option<&'static str>,
    /// The form of care that is due, if any; not planted in former customers, who are asked back where it pays.
    pub care_form: Option<&'static str>,
    /// Whether the customer may be contacted.
    pub may_contact: bool,
}

/// What is planted in every customer of a sample, without drawing any purchase.
pub fn planted_customers(settings: &SampleSettings) -> impl Iterator<Item = PlantedCustomer> {
    let seed = settings.seed;
    (1..).take(settings.customers).map(move |number| PlantedCustomer::of(&Plan::draw(seed, number)))
}

impl PlantedCustomer {
    fn of(plan: &Plan) -> Self {
        let is_former = plan.is_former();
        let departure = plan.course.departure();
        let mut barriers: Vec<&'static str> =
            plan.barriers.iter().filter(|_| !is_former).map(|barrier| barrier.name()).collect();
        barriers.sort_unstable();
        // By words and by deeds it is one barrier.
        barriers.dedup();
        Self {
            customer_id: format!("c{}", plan.number),
            segment: segment(plan),
            loyalty_type: plan.loyalty.filter(|_| !is_former).map(|loyalty| loyalty.name()),
            churn_cause: departure.map(|departure| departure.exit.cause()),
            said_why: departure.is_some_and(|departure| departure.closed.is_some()),
            barriers,
            complaint_cause: plan.complaint.filter(|made| made.is_in_window()).map(|made| made.cause),
            care_form: plan.care_form().map(|form| form.name()),
            may_contact: plan.person.may_contact,
        }
    }
}

fn segment(plan: &Plan) -> &'static str {
    match plan.profile.intention() {
        _ if plan.is_former() => "former",
        (Behaviour::High, Attitude::High) => "true_loyalty",
        (Behaviour::Low, Attitude::High) => "latent_loyalty",
        (Behaviour::High, Attitude::Low) => "spurious_loyalty",
        (Behaviour::Low, Attitude::Low) => "no_loyalty",
        _ => "unmeasured",
    }
}

impl Planted {
    pub(super) fn count(&mut self, generated: &Generated) {
        let (behaviour, attitude) = generated.plan.profile.intention();
        self.customers_count += 1;
        let plan = &generated.plan;
        let segment = match segment(plan) {
            "true_loyalty" => &mut self.true_count,
            "latent_loyalty" => &mut self.latent_count,
            "spurious_loyalty" => &mut self.spurious_count,
            "no_loyalty" => &mut self.none_count,
            "former" => &mut self.former_count,
            _ => &mut self.unmeasured_count,
        };
        *segment += 1;
        let is_former = plan.is_former();
        self.behaviour_insufficient_count += u64::from(!is_former && behaviour == Behaviour::Insufficient);
        self.never_answered_count += u64::from(!is_former && attitude == Attitude::NeverAnswered);
        self.half_answered_count += u64::from(!is_former && attitude == Attitude::HalfAnswered);
        for response in &generated.responses {
            self.responses_count += 1;
            self.anonymous_responses_count +=
                u64::from(response.answers.iter().all(|answer| answer.customer_id.is_none()));
            self.incomplete_responses_count += u64::from(response.is_incomplete);
        }
        self.lines_without_customer_count += generated.dirt.without_customer;
        self.duplicate_lines_count += generated.dirt.duplicates;
        self.lines_after_as_of_date_count += generated.dirt.after_as_of_date;
    }
}
