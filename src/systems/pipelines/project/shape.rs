//! What the file may look like, as data: the check for unknown keys and wrong types and the JSON
//! Schema for editors come from the same tables.

/// What a value may look like.
pub(super) enum Shape {
    /// Any scalar but null.
    Text,
    Formatted(&'static Format),
    Bool,
    /// A whole number, both ends included.
    Whole(i64, i64),
    Words(&'static [&'static str]),
    List(&'static Shape),
    /// A list with one element at least.
    Some(&'static Shape),
    /// Names that the file chooses.
    Named(&'static Format, &'static Shape),
    Keys(&'static Mapping),
    /// Shapes that differ in being a scalar, a list or a mapping.
    Any(&'static [Shape]),
    /// Whatever JSON can say.
    Json,
}

/// A text with a form of its own.
pub(super) struct Format {
    /// As a message says it: `a duration such as 90s`.
    pub expected: &'static str,
    /// For editors.
    pub pattern: &'static str,
    pub accepts: fn(&str) -> bool,
}

/// A mapping with known keys.
pub(super) struct Mapping {
    pub keys: &'static [Key],
    /// Sets of keys of which only one may be used. The first key of a set chooses it.
    pub variants: fn() -> Vec<&'static [Key]>,
    /// Whether one of them has to be there.
    pub needs_variant: bool,
    /// Names that the file chooses, beside the keys.
    pub others: Option<(&'static Format, &'static Shape)>,
}

pub(super) struct Key {
    pub name: &'static str,
    pub is_required: bool,
    pub shape: Shape,
    /// For editors.
    pub help: &'static str,
}

impl Key {
    pub const fn required(name: &'static str, shape: Shape, help: &'static str) -> Self {
        Self {
            name,
            is_required: true,
            shape,
            help,
        }
    }

    pub const fn optional(name: &'static str, shape: Shape, help: &'static str) -> Self {
        Self {
            name,
            is_required: false,
            shape,
            help,
        }
    }
}

impl Mapping {
    /// Without variants.
    pub const fn of(keys: &'static [Key]) -> Self {
        Self {
            keys,
            variants: Vec::new,
            needs_variant: false,
            others: None,
        }
    }

    /// All keys with the number of the variant that they belong to.
    pub fn all(&self) -> Vec<(&'static Key, Option<usize>)> {
        let common = self.keys.iter().map(|key| (key, None));
        let variants = (self.variants)().into_iter().enumerate();
        let variants = variants.flat_map(|(no, keys)| keys.iter().map(move |key| (key, Some(no))));
        common.chain(variants).collect()
    }

    /// The keys that choose a variant.
    pub fn choices(&self) -> Vec<&'static str> {
        let variants = (self.variants)().into_iter();
        variants
            .filter_map(<[Key]>::first)
            .map(|key| key.name)
            .collect()
    }
}

impl Shape {
    /// As a message says it.
    pub fn expected(&self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Formatted(format) => format.expected.to_owned(),
            Self::Bool => "true or false".to_owned(),
            Self::Whole(least, i64::MAX) => format!("a whole number from {least} up"),
            Self::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Self::Words(words) => super::fault::one_of(words),
            Self::List(_) | Self::Some(_) => "a list".to_owned(),
            Self::Named(..) | Self::Keys(_) => "a mapping".to_owned(),
            Self::Any(shapes) => {
                let expected: Vec<String> = shapes.iter().map(Self::expected).collect();
                expected.join(" or ")
            }
            Self::Json => "a value".to_owned(),
        }
    }
}
