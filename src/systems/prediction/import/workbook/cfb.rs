//! The container of xls files and of encrypted workbooks: a file system in a file.
//!
//! Only what is needed to find and read a stream. Chains that run in circles end where they would be
//! longer than the file.

/// A container, over the bytes of its file.
pub(super) struct Container<'b> {
    bytes: &'b [u8],
    sector: usize,
    table: Vec<u32>,
    small_table: Vec<u32>,
    /// The stream that small streams are in.
    small_stream: Vec<u8>,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    start: u32,
    size: usize,
}

/// Sectors of streams that are small.
const SMALL_SECTOR: usize = 64;

/// Streams shorter than this are small.
const SMALL_BELOW: usize = 4096;

/// Numbers from here on are no sectors.
const SECTORS_END: u32 = 0xFFFF_FFFA;

const ENTRY: usize = 128;

impl<'b> Container<'b> {
    /// `None` if the header or the tables cannot be read.
    pub fn open(bytes: &'b [u8]) -> Option<Self> {
        let sector = match u16_at(bytes, 30)? {
            9 => 512,
            12 => 4096,
            _ => return None,
        };
        let mut container = Self {
            bytes,
            sector,
            table: Vec::new(),
            small_table: Vec::new(),
            small_stream: Vec::new(),
            entries: Vec::new(),
        };
        container.table = container.read_table()?;
        let directory = container.chain(u32_at(bytes, 48)?, usize::MAX);
        container.entries = directory
            .chunks_exact(ENTRY)
            .filter_map(Entry::read)
            .collect();
        let root = container.entries.first()?;
        container.small_stream = container.chain(root.start, root.size);
        let small_table = container.chain(u32_at(bytes, 60)?, usize::MAX);
        container.small_table = numbers(&small_table).collect();
        Some(container)
    }

    pub fn has(&self, name: &str) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// A stream by its name, as far as it is there.
    pub fn stream(&self, name: &str) -> Option<Vec<u8>> {
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.name.eq_ignore_ascii_case(name))?;
        if entry.size >= SMALL_BELOW {
            return Some(self.chain(entry.start, entry.size));
        }
        let sectors = self.small_stream.chunks(SMALL_SECTOR);
        let sectors: Vec<&[u8]> = sectors.collect();
        let mut stream = Vec::new();
        let mut next = entry.start;
        while stream.len() < entry.size && next < SECTORS_END {
            let Some(sector) = sectors.get(next as usize) else {
                break;
            };
            stream.extend_from_slice(sector);
            next = self
                .small_table
                .get(next as usize)
                .copied()
                .unwrap_or(SECTORS_END);
        }
        stream.truncate(entry.size);
        Some(stream)
    }

    /// The numbers of the sectors that hold the table stand in the header, and in sectors of their own.
    fn read_table(&self) -> Option<Vec<u32>> {
        let mut holders: Vec<u32> = numbers(self.bytes.get(76..512)?).collect();
        let mut next = u32_at(self.bytes, 68)?;
        let most = self.bytes.len() / self.sector + 1;
        while next < SECTORS_END && holders.len() <= most {
            let Some(sector) = self.sector(next) else {
                break;
            };
            let mut more: Vec<u32> = numbers(sector).collect();
            next = more.pop()?;
            holders.extend(more);
        }
        let mut table = Vec::new();
        for holder in holders
            .into_iter()
            .filter(|holder| *holder < SECTORS_END)
            .take(most)
        {
            let Some(sector) = self.sector(holder) else {
                break;
            };
            table.extend(numbers(sector));
        }
        Some(table)
    }

    fn sector(&self, number: u32) -> Option<&'b [u8]> {
        let start = (number as usize).checked_add(1)?.checked_mul(self.sector)?;
        let end = start.checked_add(self.sector)?.min(self.bytes.len());
        self.bytes.get(start..end)
    }

    fn chain(&self, start: u32, size: usize) -> Vec<u8> {
        let size = size.min(self.bytes.len());
        let mut stream = Vec::new();
        let mut next = start;
        while stream.len() < size && next < SECTORS_END {
            match self.sector(next) {
                Some(sector) if !sector.is_empty() => stream.extend_from_slice(sector),
                _ => break,
            }
            next = self
                .table
                .get(next as usize)
                .copied()
                .unwrap_or(SECTORS_END);
        }
        stream.truncate(size);
        stream
    }
}

impl Entry {
    fn read(bytes: &[u8]) -> Option<Self> {
        let length = usize::from(u16_at(bytes, 64)?).saturating_sub(2).min(64);
        let units: Vec<u16> = bytes[..length]
            .chunks_exact(2)
            .filter_map(|pair| u16_at(pair, 0))
            .collect();
        Some(Self {
            name: String::from_utf16_lossy(&units),
            start: u32_at(bytes, 116)?,
            size: u32_at(bytes, 120)? as usize,
        })
    }
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.chunks_exact(4).filter_map(|bytes| u32_at(bytes, 0))
}
