//! The check of the page, over what a board serves.

use model::Verdict;

use super::*;
use crate::{PageReader, checks};

/// Serves what the board has, and lies on command.
struct Served {
    board: Arc<Board>,
    lies: Mutex<Lie>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    None,
    Words,
    NoEvidence,
    /// The page of earlier, once more.
    Kept,
}

impl PageReader for Served {
    fn get(&self, path: &str) -> Result<Vec<u8>, String> {
        let lie = *self.lies.lock();
        if let Some(digest) = path.strip_prefix("/security/evidence/") {
            let envelope = self.board.evidence(digest).unwrap().filter(|_| lie != Lie::NoEvidence);
            return envelope.map(|envelope| serde_json::to_vec(&envelope).unwrap()).ok_or_else(|| "404".to_owned());
        }
        assert_eq!(path, "/security.json");
        let mut envelope = match lie {
            Lie::Kept => self.board.page.lock().clone().unwrap().envelope.clone(),
            Lie::None | Lie::Words | Lie::NoEvidence => self.board.overview().unwrap().envelope.clone(),
        };
        if lie == Lie::Words {
            let page = String::from_utf8(envelope.payload().unwrap()).unwrap();
            envelope.payload = STANDARD.encode(page.replace("24 hours", "12 hours"));
        }
        Ok(serde_json::to_vec(&envelope).unwrap())
    }
}

#[test]
fn the_page_that_a_board_serves_holds_and_what_is_done_to_it_is_found() {
    let house = House::publishing(&["T-1", "T-2", "T-5"]);
    let served = Arc::new(Served { board: Arc::new(house.looked()), lies: Mutex::new(Lie::None) });
    let library = Library::from_files([("test.toml", LIBRARY)]).unwrap();
    let log = Arc::clone(&house.log) as Arc<dyn PublicLog>;
    let check = checks(Arc::clone(&served) as Arc<dyn PageReader>, log, library, Arc::new(SystemEntropy)).remove(0);
    let look = |lie: Lie| {
        *served.lies.lock() = lie;
        check.look(house.clock.now())
    };
    let good = look(Lie::None);
    assert_eq!((good.verdict, good.details), (Verdict::Held, Vec::new()));
    assert_eq!(good.counts[0].whole, Some(3));
    assert_eq!(look(Lie::Words).verdict, Verdict::Broken);
    assert_eq!(look(Lie::NoEvidence).verdict, Verdict::Broken);
    assert_eq!(check.look_at_twin(house.clock.now()).verdict, Verdict::Broken);
    house.pass(10 * MINUTE);
    assert_eq!(look(Lie::Kept).verdict, Verdict::Broken);
    assert_eq!(look(Lie::None).verdict, Verdict::Held);
    // A sentence that is not shown as true needs nothing.
    house.inside.turn(Acts::Breaks);
    served.board.check_now(&[], &mut |_| {}).unwrap();
    let red = look(Lie::None);
    assert_eq!((red.verdict, red.counts[0].whole), (Verdict::Held, Some(0)));
}
