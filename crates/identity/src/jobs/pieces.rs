//! What was uploaded for a job, piece by piece.
//!
//! Always holds: a piece counts once the job says so, and is the one that comes next; each is bound to its job and place. A
//! piece is named here before anybody is told that it came, and forgotten once its bytes are gone.

use model::{JobId, limits};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use super::{Job, JobError, JobState};
use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::permit::{Permit, Write};
use crate::reading::Keeper;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PieceDocument {
    /// The name of a sealed object.
    object: String,
}

const SELECT: &str = "SELECT job, number, tenant, document FROM job_pieces WHERE job = ?1 AND number = ?2";
const SELECT_ALL: &str = "SELECT job, number, tenant, document FROM job_pieces";
const SELECT_OF_ENDED: &str = "SELECT job, number, job_pieces.tenant AS tenant, job_pieces.document AS document
    FROM job_pieces JOIN jobs ON jobs.id = job_pieces.job WHERE jobs.ended_at IS NOT NULL LIMIT ?1";

/// Pieces that are removed in one go.
const REMOVED_AT_ONCE: i64 = 64;

// === impl Identity ===

impl Identity {
    /// How many bytes the piece has that goes on there, from whoever made the job.
    pub fn expects_piece(&self, permit: &Permit<Write>, id: JobId, offset: u64) -> Result<u64, JobError> {
        self.catalog.read(|db| Ok(self.receiving(db, permit, id, offset)?.next_piece()))
    }

    /// Takes a piece that is durable under this name, if it is still the one that comes next.
    pub fn receive_piece(
        &self,
        permit: &Permit<Write>,
        id: JobId,
        (offset, bytes, object): (u64, u64, &str),
    ) -> Result<Job, JobError> {
        self.catalog.write(|tx| {
            let mut job = self.receiving(tx, permit, id, offset)?;
            if bytes != job.next_piece() {
                return Err(JobError::PieceSize { expected: job.next_piece() });
            }
            let number = (offset / limits::UPLOAD_PIECE_BYTES as u64) as i64;
            let document = PieceDocument { object: object.to_owned() };
            let sealed = spot(&id.to_string(), number, &job.tenant.to_string()).seal(&self.sealer, &document)?;
            let sql = "INSERT INTO job_pieces (job, number, tenant, document) VALUES (?1, ?2, ?3, ?4)";
            catalog::change(tx, sql, (id.to_string(), number, job.tenant.to_string(), sealed))?;
            job.standing.receive(bytes, job.import.bytes, permit.deed().at);
            self.write_job(tx, &job)?;
            Ok(job)
        })
    }

    /// The name of the piece that has these bytes of the file.
    pub fn piece_at(&self, id: JobId, offset: u64) -> Result<Option<String>, CatalogError> {
        let number = (offset / limits::UPLOAD_PIECE_BYTES as u64) as i64;
        self.catalog.read(|db| catalog::one(db, SELECT, (id.to_string(), number), |row| self.read_piece(row)))
    }

    /// The names of all pieces, for whoever removes what has none.
    pub fn pieces(&self) -> Result<Vec<String>, CatalogError> {
        self.catalog.read(|db| catalog::all(db, SELECT_ALL, [], |row| self.read_piece(row)))
    }

    /// Some of the pieces that nobody needs any more, each with its job and place; `None` where the row does not open.
    pub fn unneeded_pieces(&self) -> Result<Vec<(JobId, i64, Option<String>)>, CatalogError> {
        self.catalog.read(|db| {
            catalog::all(db, SELECT_OF_ENDED, [REMOVED_AT_ONCE], |row| {
                let (job, number) = (catalog::id(row, "job", "job_pieces")?, row.get("number")?);
                match self.read_piece(row) {
                    Ok(name) => Ok((job, number, Some(name))),
                    Err(CatalogError::Tampered { .. }) => Ok((job, number, None)),
                    Err(error) => Err(error),
                }
            })
        })
    }

    /// Their bytes are gone.
    pub fn forget_pieces(&self, gone: &[(JobId, i64)]) -> Result<(), CatalogError> {
        self.catalog.write(|tx| {
            let sql = "DELETE FROM job_pieces WHERE job = ?1 AND number = ?2";
            gone.iter().try_for_each(|(job, number)| catalog::change(tx, sql, (job.to_string(), number)).map(drop))
        })
    }

    fn receiving(&self, db: &Connection, permit: &Permit<Write>, id: JobId, offset: u64) -> Result<Job, JobError> {
        let job = self.find_job(db, id)?.filter(|job| job.scope() == permit.scope()).ok_or(JobError::NoJob)?;
        if Keeper::of(permit.principal()) != Some(job.keeper) {
            return Err(JobError::OfAnother);
        }
        if job.standing.state != JobState::Receiving {
            return Err(JobError::NotReceiving);
        }
        if offset != job.standing.received {
            return Err(JobError::Offset { received: job.standing.received });
        }
        Ok(job)
    }

    pub(crate) fn read_piece(&self, row: &Row<'_>) -> Result<String, CatalogError> {
        let (job, number, tenant): (String, i64, String) = (row.get("job")?, row.get("number")?, row.get("tenant")?);
        let document: PieceDocument = spot(&job, number, &tenant).read(&self.sealer, row)?;
        Ok(document.object)
    }
}

fn spot(job: &str, number: i64, tenant: &str) -> Spot {
    Spot::new("job_pieces", format!("{job}/{number}"), tenant)
}
