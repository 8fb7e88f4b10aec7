//! The wall that is built in, proved. Needs the solver, as `make setup-tests` installs it: without one this fails and says so.

use std::collections::BTreeMap;

use proof::{Fate, Solver};

#[tokio::test]
async fn the_wall_is_proved_and_every_weaker_one_is_refuted() {
    let proof = proof::prove(&mut Solver::from_environment().await.unwrap()).await.unwrap();
    assert_eq!(proof.complaints(), Vec::<String>::new());

    // A running server holds its wall against this.
    let proved = format!("{}  blockhouse.cedarschema\n{}  wall.cedar\n", proof.sha256.schema, proof.sha256.wall);
    assert_eq!(policy::wall::PROVED, proved, "write what is proved to crates/policy/cedar/proved.sha256");

    // Five kinds of subjects, and every action.
    let environments = 5 * policy::Permission::ALL.len();
    assert_eq!(proof.properties.len(), 8);
    assert!(proof.properties.iter().all(|property| property.environments.len() == environments));

    // A wall that forbids everything would be safe too. This one leaves open what each kind of subject is there for.
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for environment in &proof.left_open {
        *open.entry(environment.split(' ').next().unwrap()).or_default() += 1;
    }
    assert_eq!(open, BTreeMap::from([("ApiKey", 2), ("Engineer", 2), ("Operator", 7), ("Person", 27), ("Service", 25)]));

    let left_out: Vec<_> = proof.mutants.iter().filter(|mutant| mutant.changed.is_none()).collect();
    assert_eq!(left_out.len(), policy::wall::WALL.matches("@id(").count());
    assert!(left_out.iter().all(|mutant| matches!(mutant.fate, Fate::Refuted { .. })));
    assert!(proof.mutants.len() > left_out.len(), "weaker variants are tried too");
}

#[tokio::test]
async fn without_a_solver_the_proof_fails_and_says_how_to_get_one() {
    let said = format!("{:#}", Solver::start("no-such-cvc5").await.unwrap_err());
    assert!(said.contains("apt-get install cvc5") && said.contains("$CVC5"), "{said}");
}
