//! A path diagram: boxes one below the other in an order in which every arrow leads down, arrows to the next box straight, longer
//! ones around the side that has more room.
//!
//! The library lays out networks by simulated forces, which says nothing of direction; so places are computed here, and the library
//! writes the picture.

use kuva::backend::svg::SvgBackend;
use kuva::render::render::{PathData, Primitive, Scene, TextAnchor};

use super::marks::{Mark, Marks};
use super::picture::NARROW;
use crate::render::numbers::NumberStyle;
use crate::report::spreadsheet::cells::text_width;

/// The `by` of rows that are figures inside a box.
const WHOLE: &str = "all";
/// Height of a box, and of a box with its gap, in pixels.
const BOX: f64 = 54.0;
const PITCH: f64 = 98.0;
/// Width of a box on a wide and on a narrow page.
const BOX_WIDTHS: (f64, f64) = (216.0, 142.0);
/// Longest name that a box of a narrow page holds in letters of the usual size, in characters.
const NARROW_NAME: usize = 16;
/// Space around the picture.
const EDGE: f64 = 12.0;
/// Distance of arrows beside each other, at most; room for a number.
const LANE: f64 = 46.0;
/// Width of the thinnest and of the thickest arrow.
const WIDTHS: (f64, f64) = (1.2, 6.0);
/// Length and half the width of the head of an arrow.
const HEAD: (f64, f64) = (9.0, 5.0);

/// A box.
struct Node<'a> {
    key: &'a str,
    name: &'a str,
    figures: Vec<&'a Mark>,
}

/// An arrow between boxes, by their places in the order.
struct Arrow<'a> {
    from: usize,
    to: usize,
    mark: &'a Mark,
    /// On which side it goes around, and how far outside: none of an arrow to the next box.
    lane: Option<(Side, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

impl Arrow<'_> {
    /// Whether the arrow runs beside the other one somewhere.
    fn meets(&self, other: &Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    fn boxes(&self) -> usize {
        self.to - self.from
    }

    /// Whether its interval holds 0, so that chance alone may have made it.
    fn is_by_chance(&self) -> bool {
        self.mark.interval.is_some_and(|(low, high)| low <= 0.0 && high >= 0.0)
    }
}

/// Draws the boxes and arrows, `width` pixels wide. Arrows that would lead in a circle are left out; the table has them.
pub(super) fn draw(marks: &Marks, width: f64, numbers: &NumberStyle) -> String {
    let nodes = in_order(marks);
    let arrows = placed(arrows(marks, &nodes));
    let box_width = if width <= NARROW { BOX_WIDTHS.1 } else { BOX_WIDTHS.0 };
    let page = Page { width, box_width, largest: largest(&arrows), numbers };
    let mut scene = Scene::new(width, 2.0 * EDGE + PITCH * count(nodes.len()) - (PITCH - BOX)).with_background(None);
    for arrow in &arrows {
        match arrow.lane {
            None => page.straight(&mut scene, arrow),
            Some(lane) => page.around(&mut scene, arrow, lane, &arrows),
        }
    }
    for (place, node) in nodes.iter().enumerate() {
        page.node(&mut scene, place, node);
    }
    SvgBackend::new().render_scene(&scene)
}

/// The boxes, so that arrows lead down: those first to which no arrow leads, others behind all that lead to them; among equals
/// in the order of the table.
fn in_order(marks: &Marks) -> Vec<Node<'_>> {
    let mut names: Vec<(&str, &str)> = Vec::new();
    for mark in &marks.rows {
        let ends = [(mark.label_key.as_str(), mark.label.as_str()), (mark.by_key.as_str(), mark.by.as_str())];
        for end in ends.into_iter().filter(|(key, _)| *key != WHOLE && !key.is_empty()) {
            if !names.iter().any(|(known, _)| *known == end.0) {
                names.push(end);
            }
        }
    }
    let mut ordered: Vec<Node<'_>> = Vec::new();
    while !names.is_empty() {
        let waits = |key: &str| {
            let mut before = marks.rows.iter().filter(|mark| mark.by_key == key).map(|mark| mark.label_key.as_str());
            before.any(|from| from != key && names.iter().any(|(left, _)| *left == from))
        };
        let next = names.iter().position(|(key, _)| !waits(key)).unwrap_or(0);
        let (key, name) = names.remove(next);
        let figures = marks.rows.iter().filter(|mark| mark.label_key == key && mark.by_key == WHOLE).collect();
        ordered.push(Node { key, name, figures });
    }
    ordered
}

fn arrows<'a>(marks: &'a Marks, nodes: &[Node<'_>]) -> Vec<Arrow<'a>> {
    let place = |key: &str| nodes.iter().position(|node| node.key == key);
    let arrows = marks.rows.iter().filter_map(|mark| {
        let (from, to) = (place(&mark.label_key)?, place(&mark.by_key)?);
        (from < to).then_some(Arrow { from, to, mark, lane: None })
    });
    arrows.collect()
}

/// Gives arrows that pass a box a lane, the shortest first: the innermost that is free, on the side where that is nearer.
fn placed(mut arrows: Vec<Arrow<'_>>) -> Vec<Arrow<'_>> {
    let mut order: Vec<usize> = (0..arrows.len()).filter(|arrow| arrows[*arrow].boxes() > 1).collect();
    order.sort_by_key(|arrow| (arrows[*arrow].boxes(), arrows[*arrow].from, arrows[*arrow].to));
    for index in order {
        let free = |side: Side| {
            let beside = arrows.iter().filter(|other| other.meets(&arrows[index])).filter_map(|other| other.lane);
            beside.filter(|(taken, _)| *taken == side).map(|(_, lane)| lane + 1).max().unwrap_or(0)
        };
        let (right, left) = (free(Side::Right), free(Side::Left));
        arrows[index].lane = Some(if right <= left { (Side::Right, right) } else { (Side::Left, left) });
    }
    arrows
}

fn largest(arrows: &[Arrow<'_>]) -> f64 {
    arrows.iter().map(|arrow| arrow.mark.value.abs()).fold(0.0, f64::max)
}

struct Page<'a> {
    width: f64,
    box_width: f64,
    largest: f64,
    numbers: &'a NumberStyle,
}

impl Page<'_> {
    fn top(place: usize) -> f64 {
        EDGE + PITCH * count(place)
    }

    /// An arrow from a box to the next one.
    fn straight(&self, scene: &mut Scene, arrow: &Arrow<'_>) {
        let (x, from, to) = (self.width / 2.0, Self::top(arrow.from) + BOX, Self::top(arrow.to));
        self.line(scene, arrow, format!("M{x} {from}V{}", to - HEAD.0 + 1.0));
        let (length, half) = HEAD;
        head(scene, arrow, format!("M{x} {to}l{} {}h{}Z", -half, -length, 2.0 * half));
        self.number(scene, arrow, (x + 24.0, (from + to) / 2.0));
    }

    /// An arrow around the boxes between its ends.
    fn around(&self, scene: &mut Scene, arrow: &Arrow<'_>, (side, lane): (Side, usize), arrows: &[Arrow<'_>]) {
        let out = if side == Side::Right { 1.0 } else { -1.0 };
        let wall = self.width / 2.0 + out * self.box_width / 2.0;
        let lanes = arrows.iter().filter_map(|other| other.lane).filter(|(on, _)| *on == side);
        let lanes = count(lanes.map(|(_, lane)| lane + 1).max().unwrap_or(1));
        let room = (self.width - self.box_width) / 2.0 - EDGE - 16.0;
        let x = wall + out * (LANE.min(room / lanes) * count(lane + 1));
        let (from, to) = (doors(arrows, arrow, side, true), doors(arrows, arrow, side, false));
        let (from, to) = (Self::top(arrow.from) + from, Self::top(arrow.to) + to);
        let bend = 8.0;
        let path = format!(
            "M{wall} {from}H{}Q{x} {from} {x} {}V{}Q{x} {to} {} {to}H{}",
            x - out * bend,
            from + bend,
            to - bend,
            x - out * bend,
            wall + out * (HEAD.0 - 1.0),
        );
        self.line(scene, arrow, path);
        let (length, half) = HEAD;
        head(scene, arrow, format!("M{wall} {to}l{} {}v{}Z", out * length, -half, 2.0 * half));
        // Numbers of arrows with the same middle do not stand beside each other.
        let shift = if lane % 2 == 0 { 0.0 } else { 18.0 };
        self.number(scene, arrow, (x, (from + to) / 2.0 + shift));
    }

    fn line(&self, scene: &mut Scene, arrow: &Arrow<'_>, path: String) {
        let part = if self.largest > 0.0 { arrow.mark.value.abs() / self.largest } else { 0.0 };
        scene.add(Primitive::Path(Box::new(PathData {
            d: path,
            fill: None,
            stroke: colour(arrow).into(),
            stroke_width: WIDTHS.0 + (WIDTHS.1 - WIDTHS.0) * part,
            opacity: None,
            stroke_dasharray: arrow.is_by_chance().then(|| "5 4".to_owned()),
        })));
    }

    /// The number of an arrow, on a ground of its own.
    fn number(&self, scene: &mut Scene, arrow: &Arrow<'_>, (x, y): (f64, f64)) {
        let text = self.numbers.number(arrow.mark.value, 2);
        let width = 8.0 * count(text.chars().count());
        ground(scene, (x - width / 2.0, y - 9.0, width, 18.0), None);
        words(scene, (x, y + 4.5), text, (13, true), if arrow.is_by_chance() { "var(--soft)" } else { "var(--ink)" });
    }

    fn node(&self, scene: &mut Scene, place: usize, node: &Node<'_>) {
        let (x, top) = (self.width / 2.0, Self::top(place));
        ground(scene, (x - self.box_width / 2.0, top, self.box_width, BOX), Some("var(--soft)"));
        let figures: Vec<String> = node
            .figures
            .iter()
            .map(|mark| {
                let decimals = if mark.value.abs() < 10.0 { 2 } else { 1 };
                format!("{} {}", mark.figure, self.numbers.number(mark.value, decimals)).trim().to_owned()
            })
            .collect();
        let lines = if self.width <= NARROW { figures } else { vec![figures.join(" · ")] };
        let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        let first = top + BOX / 2.0 + 5.0 - 8.0 * count(lines.len());
        let size = if self.width <= NARROW && text_width(node.name) > NARROW_NAME { 10 } else { 13 };
        words(scene, (x, first), node.name.to_owned(), (size, true), "var(--ink)");
        for (number, line) in lines.into_iter().enumerate() {
            words(scene, (x, first + 16.0 * count(number + 1)), line, (11, false), "var(--ink)");
        }
    }
}

/// How far below the top of its box an arrow around a side leaves or arrives. Arrows arrive above those that leave; of those that
/// arrive, the innermost is the highest, and of those that leave, the innermost is the lowest, so that they do not cross.
fn doors(arrows: &[Arrow<'_>], arrow: &Arrow<'_>, side: Side, leaves: bool) -> f64 {
    let place = if leaves { arrow.from } else { arrow.to };
    let lane = |arrow: &Arrow<'_>| arrow.lane.filter(|(on, _)| *on == side).map(|(_, lane)| lane);
    let mut arriving: Vec<usize> = arrows.iter().filter(|other| other.to == place).filter_map(lane).collect();
    let mut leaving: Vec<usize> = arrows.iter().filter(|other| other.from == place).filter_map(lane).collect();
    arriving.sort_unstable();
    leaving.sort_unstable_by(|a, b| b.cmp(a));
    let own = lane(arrow).unwrap_or_default();
    let of = |lanes: &[usize]| lanes.iter().position(|lane| *lane == own).unwrap_or_default();
    let number = if leaves { arriving.len() + of(&leaving) } else { of(&arriving) };
    BOX * (count(number) + 1.0) / (count(arriving.len() + leaving.len()) + 1.0)
}

fn colour(arrow: &Arrow<'_>) -> &'static str {
    match arrow.mark.value {
        _ if arrow.is_by_chance() => "var(--soft)",
        value if value < 0.0 => "var(--detractor)",
        _ => "var(--true)",
    }
}

fn head(scene: &mut Scene, arrow: &Arrow<'_>, path: String) {
    scene.add(Primitive::Path(Box::new(PathData {
        d: path,
        fill: Some(colour(arrow).into()),
        stroke: colour(arrow).into(),
        stroke_width: 1.0,
        opacity: None,
        stroke_dasharray: None,
    })));
}

fn ground(scene: &mut Scene, (x, y, width, height): (f64, f64, f64, f64), border: Option<&str>) {
    scene.add(Primitive::Rect {
        x,
        y,
        width,
        height,
        fill: "var(--card)".into(),
        stroke: border.map(Into::into),
        stroke_width: border.map(|_| 1.0),
        opacity: None,
    });
}

fn words(scene: &mut Scene, (x, y): (f64, f64), content: String, (size, bold): (u32, bool), colour: &str) {
    scene.add(Primitive::Text {
        x,
        y,
        content,
        size,
        anchor: TextAnchor::Middle,
        rotate: None,
        bold,
        color: Some(colour.into()),
    });
}

#[expect(clippy::cast_precision_loss, reason = "a diagram has few boxes")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::chart::ChartKind;
    use crate::config::language::Language;
    use crate::report::charts::Axis;

    fn arrow(from: &str, to: &str, value: f64, low: f64) -> Mark {
        Mark {
            label: from.to_uppercase(),
            label_key: from.to_owned(),
            by: to.to_uppercase(),
            by_key: to.to_owned(),
            value,
            interval: Some((low, value + (value - low))),
            ..Mark::default()
        }
    }

    fn figure(of: &str, name: &str, value: f64) -> Mark {
        Mark { by_key: WHOLE.to_owned(), figure: name.to_owned(), ..arrow(of, "", value, value) }
    }

    fn marks(rows: Vec<Mark>) -> Marks {
        let value = Axis { label: "Estimate".to_owned(), unit: None, is_day: false };
        Marks { kind: ChartKind::PathDiagram, rows, value, x: None, beside: None }
    }

    #[test]
    fn boxes_stand_below_those_that_lead_to_them_and_long_arrows_go_around() {
        let marks = marks(vec![
            arrow("quality", "loyalty", 0.2, 0.1),
            arrow("image", "loyalty", 0.4, 0.3),
            arrow("image", "quality", 0.5, 0.4),
            arrow("quality", "value", 0.6, 0.5),
            arrow("value", "loyalty", 0.1, -0.1),
        ]);
        let nodes = in_order(&marks);
        let keys: Vec<&str> = nodes.iter().map(|node| node.key).collect();
        assert_eq!(keys, ["image", "quality", "value", "loyalty"]);
        let lanes: Vec<_> =
            placed(arrows(&marks, &nodes)).iter().map(|arrow| (arrow.from, arrow.to, arrow.lane)).collect();
        assert_eq!(
            lanes,
            [(1, 3, Some((Side::Right, 0))), (0, 3, Some((Side::Left, 0))), (0, 1, None), (1, 2, None), (2, 3, None),]
        );
    }

    #[test]
    fn an_arrow_whose_interval_holds_zero_is_dashed_and_boxes_hold_their_figures() {
        let rows = vec![arrow("a", "b", 0.5, 0.4), arrow("b", "c", 0.05, -0.1), figure("b", "R2", 0.25)];
        let svg = draw(&marks(rows), 760.0, &NumberStyle::of(Language::English));
        assert_eq!(svg.matches("stroke-dasharray").count(), 1, "{svg}");
        assert!(svg.contains(">R2 0.25<"), "{svg}");
        assert!(svg.contains(">0.50<") && svg.contains(">0.05<"), "{svg}");
    }

    #[test]
    fn arrows_in_a_circle_do_not_hang_the_drawing() {
        let rows = vec![arrow("a", "b", 0.5, 0.4), arrow("b", "a", 0.5, 0.4)];
        assert_eq!(in_order(&marks(rows)).len(), 2);
    }
}
