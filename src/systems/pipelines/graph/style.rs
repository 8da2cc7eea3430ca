//! The colours and typefaces of a picture: those of the pages, by day and by night.

/// The same for all pictures.
pub(crate) const STYLE: &str = "\
svg{color-scheme:light dark;--bg:#efefec;--card:#fff;--ink:#1a1d20;--ink-2:#565c62;--edge:#83888c;--line:#a9aeb1;\
--blue:#1a5cc8;--green:#19703f;--red:#b42318;--amber:#875600;--violet:#6a45b5;--grey:#5b6167;\
font:12.5px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans','PingFang TC',\
'Microsoft JhengHei UI','Noto Sans TC','Noto Sans CJK TC',sans-serif;font-variant-numeric:tabular-nums}\
@media(prefers-color-scheme:dark){svg{--bg:#0e1012;--card:#1a1d20;--ink:#e7e9eb;--ink-2:#a4abb2;--edge:#737a81;--line:#596067;\
--blue:#86b4ff;--green:#6ccb93;--red:#ff938a;--amber:#e5b455;--violet:#bda7f5;--grey:#9da4ab}}\
.bg{fill:var(--bg)}.e{fill:none;stroke:var(--line);stroke-width:1.25}.e.red{stroke:var(--red);stroke-width:1.75}\
.b{fill:var(--card);stroke:var(--edge)}.red{color:var(--red)}.blue{color:var(--blue)}.green{color:var(--green)}\
.amber{color:var(--amber)}.violet{color:var(--violet)}.grey{color:var(--grey)}.c{fill:currentColor}\
.i{fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}\
text{fill:var(--ink);font-weight:560}.s{fill:var(--ink-2);font-size:11.5px;font-weight:400}";
