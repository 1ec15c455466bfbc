//! The model: latent variables, their items and their paths.

/// How the weights of a block are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Correlations with the inner estimate: the items reflect the latent variable.
    A,
    /// Regression of the inner estimate on the items: the items form the latent variable.
    B,
}

/// How latent variables are weighted in the inner estimate of their neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Sign of the correlation.
    Centroid,
    /// The correlation.
    Factorial,
    /// Regression coefficient of a predecessor, correlation with a successor.
    Path,
}

/// A latent variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latent {
    /// Its name.
    pub name: String,
    /// Its items, by position.
    pub items: Vec<usize>,
    /// How it is measured.
    pub mode: Mode,
    /// The latent variables that explain it, by position.
    pub predecessors: Vec<usize>,
}

/// A path model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Its latent variables, in the order of their first item.
    pub latents: Vec<Latent>,
    /// How many items there are.
    pub items_count: usize,
    /// The latent variables, predecessors before successors.
    pub order: Vec<usize>,
}

impl Model {
    /// From the latent variable and the mode of each item, and paths written as `from -> to`.
    ///
    /// # Errors
    /// A text that says what is wrong with the model.
    pub fn new(latents: &[String], modes: &[String], paths: &[String]) -> Result<Self, String> {
        let mut model = Self { latents: Vec::new(), items_count: latents.len(), order: Vec::new() };
        if modes.len() != latents.len() {
            return Err(format!("{} items have a latent variable, but {} a mode", latents.len(), modes.len()));
        }
        for (item, (name, mode)) in latents.iter().zip(modes).enumerate() {
            model.add_item(item, name, parse_mode(mode)?)?;
        }
        for path in paths {
            let Some((from, to)) = path.split_once("->") else {
                return Err(format!("`{path}` is no path: write `from -> to`"));
            };
            let (from, to) = (model.position(from.trim(), path)?, model.position(to.trim(), path)?);
            if model.latents[to].predecessors.contains(&from) {
                return Err(format!("the path `{path}` is there twice"));
            }
            model.latents[to].predecessors.push(from);
        }
        model.latents.iter_mut().for_each(|latent| latent.predecessors.sort_unstable());
        model.order = model.sorted()?;
        Ok(model)
    }

    fn add_item(&mut self, item: usize, name: &str, mode: Mode) -> Result<(), String> {
        match self.latents.iter_mut().find(|latent| latent.name == name) {
            Some(latent) if latent.mode == mode => latent.items.push(item),
            Some(_) => return Err(format!("the items of `{name}` have different modes")),
            None => {
                self.latents.push(Latent { name: name.to_owned(), items: vec![item], mode, predecessors: Vec::new() })
            }
        }
        Ok(())
    }

    fn position(&self, name: &str, path: &str) -> Result<usize, String> {
        let position = self.latents.iter().position(|latent| latent.name == name);
        position.ok_or_else(|| format!("the path `{path}` names `{name}`, which has no items"))
    }

    /// The latent variables, predecessors first.
    fn sorted(&self) -> Result<Vec<usize>, String> {
        let mut order: Vec<usize> = Vec::with_capacity(self.latents.len());
        while order.len() < self.latents.len() {
            let is_next = |latent: &usize| {
                !order.contains(latent) && self.latents[*latent].predecessors.iter().all(|one| order.contains(one))
            };
            match (0..self.latents.len()).find(is_next) {
                Some(next) => order.push(next),
                None => return Err("the paths go round in a circle".to_owned()),
            }
        }
        Ok(order)
    }

    /// The latent variables that a latent variable explains.
    pub fn successors(&self, latent: usize) -> impl Iterator<Item = usize> {
        (0..self.latents.len()).filter(move |other| self.latents[*other].predecessors.contains(&latent))
    }

    /// For each latent variable, row by row, from which others a way along paths leads to it.
    pub fn ways(&self) -> Vec<bool> {
        let count = self.latents.len();
        let mut ways = vec![false; count * count];
        for target in &self.order {
            for source in &self.latents[*target].predecessors {
                ways[target * count + source] = true;
                for earlier in 0..count {
                    ways[target * count + earlier] |= ways[source * count + earlier];
                }
            }
        }
        ways
    }
}

fn parse_mode(text: &str) -> Result<Mode, String> {
    match text {
        "A" | "a" => Ok(Mode::A),
        "B" | "b" => Ok(Mode::B),
        _ => Err(format!("the mode of a latent variable is A or B, not `{text}`")),
    }
}

impl Scheme {
    /// By its name in lower case.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn named(name: &str) -> Result<Self, String> {
        match name {
            "centroid" => Ok(Self::Centroid),
            "factorial" => Ok(Self::Factorial),
            "path" => Ok(Self::Path),
            _ => Err(format!("the scheme is centroid, factorial or path, not `{name}`")),
        }
    }
}
