//! The answers of a model as CSV or JSON Lines, in the order of the rows.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::row_file::RowFormat;
use crate::models::json_rows::answer_json;
use crate::models::{Answers, Signature};
use crate::process::print_bytes;

/// The columns of a CSV file, which are the members of an answer.
const OF_LABELS: [&str; 4] = ["label", "score", "scores", "error"];
const OF_VALUES: [&str; 2] = ["value", "error"];

/// Takes answers, batch by batch. A file has all of them, or is left as it was.
pub(super) struct AnswerFile {
    format: RowFormat,
    place: Place,
    /// Of the batch in hand.
    buffer: Vec<u8>,
    has_begun: bool,
}

enum Place {
    Output,
    File(NewFile),
}

/// A file that is complete before it gets its name.
struct NewFile {
    writer: BufWriter<File>,
    path: PathBuf,
    /// `None`: what is no regular file, such as a pipe, is written as it is.
    partial: Option<Partial>,
}

/// Removed unless it got its name.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // It may have its name by now.
        fs::remove_file(&self.0).ok();
    }
}

impl AnswerFile {
    /// `-` is the standard output.
    pub fn open(name: &str, format: RowFormat) -> io::Result<Self> {
        let place = match name {
            "-" => Place::Output,
            name => Place::File(NewFile::open(Path::new(name))?),
        };
        Ok(Self {
            format,
            place,
            buffer: Vec::new(),
            has_begun: false,
        })
    }

    /// `false`: nobody reads them any more.
    pub fn write(&mut self, signature: &Signature, answers: &Answers) -> io::Result<bool> {
        self.begin(signature)?;
        let rows = 0..answers.len();
        let mut of_rows = rows.map(|row| answer_json(signature, answers, row));
        match self.format {
            RowFormat::JsonLines => of_rows.try_for_each(|answer| {
                serde_json::to_writer(&mut self.buffer, &answer)?;
                self.buffer.write_all(b"\n")
            })?,
            RowFormat::Csv => {
                let columns = columns(signature);
                let of_rows = of_rows.map(|mut answer| {
                    let cells = columns.iter();
                    cells.map(move |name| cell(answer.shift_remove(*name)))
                });
                write_lines(&mut self.buffer, of_rows)?;
            }
        }
        self.flush()
    }

    /// Called when all rows were answered.
    pub fn finish(mut self, signature: &Signature) -> io::Result<()> {
        self.begin(signature)?;
        self.flush()?;
        match self.place {
            Place::Output => Ok(()),
            Place::File(file) => file.finish(),
        }
    }

    /// The names of the columns, also where there are no rows.
    fn begin(&mut self, signature: &Signature) -> io::Result<()> {
        if !std::mem::replace(&mut self.has_begun, true) && self.format == RowFormat::Csv {
            write_lines(&mut self.buffer, [columns(signature)].into_iter())?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<bool> {
        let is_read = match &mut self.place {
            Place::Output => print_bytes(&self.buffer)?,
            Place::File(file) => {
                file.writer.write_all(&self.buffer)?;
                true
            }
        };
        self.buffer.clear();
        Ok(is_read)
    }
}

impl NewFile {
    fn open(path: &Path) -> io::Result<Self> {
        let is_special = fs::metadata(path).is_ok_and(|found| !found.is_file());
        let partial = match is_special {
            true => None,
            false => {
                let mut name = path.as_os_str().to_owned();
                name.push(format!(".{}.partial", std::process::id()));
                Some(Partial(name.into()))
            }
        };
        let opened = match &partial {
            Some(partial) => File::create_new(&partial.0)?,
            None => File::options().write(true).open(path)?,
        };
        Ok(Self {
            writer: BufWriter::new(opened),
            path: path.to_owned(),
            partial,
        })
    }

    fn finish(mut self) -> io::Result<()> {
        self.writer.flush()?;
        if let Some(partial) = &self.partial {
            self.writer.get_ref().sync_all()?;
            fs::rename(&partial.0, &self.path)?;
        }
        Ok(())
    }
}

fn columns(signature: &Signature) -> &'static [&'static str] {
    match signature.task.has_labels() {
        true => &OF_LABELS,
        false => &OF_VALUES,
    }
}

/// A text as it is, anything else as JSON; empty: there is none.
fn cell(value: Option<Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        Some(value) => value.to_string(),
    }
}

fn write_lines<L: IntoIterator<Item: AsRef<[u8]>>>(
    buffer: &mut Vec<u8>,
    lines: impl Iterator<Item = L>,
) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(buffer);
    for line in lines {
        writer.write_record(line)?;
    }
    Ok(writer.flush()?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::models::{Label, Task};

    fn answers() -> (Signature, Answers) {
        let labels = vec![Label::Text("stay, please".to_owned()), Label::Integer(1)];
        let signature = Signature::new(Task::Classification, Vec::new(), labels);
        let mut answers = Answers::classes(vec![0, 1, 0], vec![0.75, 0.25, 0.5, 0.5, 0.0, 0.0], 2);
        answers.faults = BTreeMap::from([(2, "no".to_owned())]);
        (signature, answers)
    }

    fn written(format: RowFormat, signature: &Signature, answers: &Answers) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let mut file = AnswerFile::open(path.to_str().unwrap(), format).unwrap();
        assert!(file.write(signature, answers).unwrap());
        assert!(!path.exists(), "it is not complete");
        file.finish(signature).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn answers_are_written_in_two_forms() {
        let (signature, answers) = answers();
        let lines = written(RowFormat::JsonLines, &signature, &answers);
        assert_eq!(
            lines,
            "{\"label\":\"stay, please\",\"score\":0.75,\"scores\":{\"stay, please\":0.75,\"1\":0.25}}\n\
             {\"label\":1,\"score\":0.5,\"scores\":{\"stay, please\":0.5,\"1\":0.5}}\n\
             {\"error\":\"no\"}\n"
        );
        let cells = written(RowFormat::Csv, &signature, &answers);
        assert_eq!(
            cells,
            "label,score,scores,error\n\
             \"stay, please\",0.75,\"{\"\"stay, please\"\":0.75,\"\"1\"\":0.25}\",\n\
             1,0.5,\"{\"\"stay, please\"\":0.5,\"\"1\"\":0.5}\",\n\
             ,,,no\n"
        );
        let signature = Signature::new(Task::Regression, Vec::new(), Vec::new());
        let answers = Answers::values(vec![1.5, -2.0]);
        let cells = written(RowFormat::Csv, &signature, &answers);
        assert_eq!(cells, "value,error\n1.5,\n-2.0,\n");
    }

    #[test]
    fn a_file_that_is_not_completed_is_left_as_it_was() {
        let (signature, answers) = answers();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers.csv");
        fs::write(&path, "before").unwrap();
        let mut file = AnswerFile::open(path.to_str().unwrap(), RowFormat::Csv).unwrap();
        file.write(&signature, &answers).unwrap();
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
