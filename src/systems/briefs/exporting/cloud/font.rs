//! The font that words are drawn with.

use std::path::Path;

use ab_glyph::{Font, FontVec, Glyph, PxScale, ScaleFont, point};

use super::mask::Coverage;

/// A font that was found.
pub(crate) struct CloudFont(FontVec);

/// Why a file is no font.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FontFault {
    #[error("none of the fonts is there")]
    Missing,
    #[error("the font {file_name} cannot be read")]
    Invalid { file_name: String },
}

impl CloudFont {
    /// The first of some files that is there.
    pub fn find(paths: &[impl AsRef<Path>]) -> Result<Self, FontFault> {
        let found = paths.iter().find_map(|path| {
            let bytes = std::fs::read(path.as_ref()).ok()?;
            Some((path.as_ref(), bytes))
        });
        let (path, bytes) = found.ok_or(FontFault::Missing)?;
        Self::read(bytes).ok_or_else(|| {
            let name = path.file_name().unwrap_or_default();
            FontFault::Invalid {
                file_name: name.to_string_lossy().into_owned(),
            }
        })
    }

    /// A font, or the first one of a collection.
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        FontVec::try_from_vec_and_index(bytes, 0).ok().map(Self)
    }

    /// Whether it has a glyph for every character.
    pub fn can_draw(&self, text: &str) -> bool {
        !text.is_empty() && text.chars().all(|found| self.0.glyph_id(found).0 != 0)
    }

    /// The pixels of a text, `size` pixels high; `None` if nothing of it can be seen.
    pub(super) fn draw(&self, text: &str, size: f32) -> Option<Coverage> {
        let outlined: Vec<_> = self
            .glyphs(text, size)
            .into_iter()
            .filter_map(|glyph| self.0.outline_glyph(glyph))
            .collect();
        let bounds = outlined.iter().map(|glyph| glyph.px_bounds());
        let all = bounds.reduce(|mut all, bounds| {
            all.min.x = all.min.x.min(bounds.min.x);
            all.min.y = all.min.y.min(bounds.min.y);
            all.max.x = all.max.x.max(bounds.max.x);
            all.max.y = all.max.y.max(bounds.max.y);
            all
        })?;
        let mut coverage = Coverage::new(pixels(all.width()), pixels(all.height()));
        for glyph in outlined {
            let bounds = glyph.px_bounds();
            let (left, top) = (
                pixels(bounds.min.x - all.min.x),
                pixels(bounds.min.y - all.min.y),
            );
            glyph.draw(|x, y, covered| {
                coverage.cover(left + x as usize, top + y as usize, covered);
            });
        }
        Some(coverage)
    }

    fn glyphs(&self, text: &str, size: f32) -> Vec<Glyph> {
        let scale = PxScale::from(size);
        let scaled = self.0.as_scaled(scale);
        let mut right = 0.0;
        let glyphs = text.chars().map(|character| {
            let id = self.0.glyph_id(character);
            let glyph = id.with_scale_and_position(scale, point(right, scaled.ascent()));
            right += scaled.h_advance(id);
            glyph
        });
        glyphs.collect()
    }
}

/// Whole pixels; what is drawn lies between whole ones.
fn pixels(length: f32) -> usize {
    length.max(0.0).round() as usize
}
