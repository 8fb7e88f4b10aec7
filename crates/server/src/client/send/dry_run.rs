//! What would be sent, without sending it.

use ingest::lines::{Cutter, RawBatch, Recognised};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::input::{Input, Piece, Reader};
use super::recognise::{Recogniser, reason};
use crate::client::failure::Failure;
use crate::client::output::Output;

const RECORDS_SHOWN: usize = 5;

/// The first records of each input.
pub(super) fn show(inputs: Vec<Input>, recogniser: &Recogniser, output: &mut Output) -> Result<(), Failure> {
    let (_keep, stop) = watch::channel(false);
    for input in inputs {
        let (path, title) = (input.path.clone(), input.name.clone());
        let failed = |error| Failure::file("read", &path)(error);
        let mut reader = input.read_from(0, &Handle::current(), &stop).map_err(failed)?;
        let mut shown = 0;
        let mut cutter = Cutter::new(0, 0, []);
        let mut ended = false;
        while !ended && shown < RECORDS_SHOWN {
            ended = read(&mut reader, &mut cutter).map_err(failed)?;
            while let Some(batch) = cutter.next() {
                show_lines(&title, &batch, recogniser, (&mut shown, output))?;
            }
        }
    }
    output.aside("nothing was sent");
    Ok(())
}

/// Whether the input is over.
fn read(reader: &mut Reader, cutter: &mut Cutter) -> std::io::Result<bool> {
    match reader.next(None)? {
        Piece::Bytes(bytes) => cutter.push(&bytes),
        Piece::Silence => {}
        Piece::End => {
            cutter.finish();
            return Ok(true);
        }
    }
    cutter.flush();
    Ok(false)
}

fn show_lines(
    title: &str,
    batch: &RawBatch,
    recogniser: &Recogniser,
    (shown, output): (&mut usize, &mut Output),
) -> Result<(), Failure> {
    for &line in &batch.lines {
        if *shown == RECORDS_SHOWN {
            break;
        }
        let mut record = Vec::new();
        let what = match recogniser.write(batch.text(line), &mut record) {
            Recognised::Blank => continue,
            Recognised::As(format) => recogniser.name(format, batch.text(line)).to_owned(),
            Recognised::Refused(unfit) => format!("refused: {}", reason(unfit)),
        };
        *shown += 1;
        output.flush()?;
        output.aside(&format!("{title}:{}: {what}", line.number));
        output.text(&String::from_utf8_lossy(&record))?;
    }
    output.flush()
}
