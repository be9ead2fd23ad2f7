//! A command with a key is answered once.

use bytes::Bytes;
use purser_actors::ports::{AnswerKey, AnswerWrite, Refusal, StoredAnswer};

fn key(number: u8) -> AnswerKey {
    AnswerKey([number; 16])
}

fn insert(number: u8, answer: Option<Bytes>) -> AnswerWrite {
    AnswerWrite::Insert { key: key(number), digest: [number; 32], answer }
}

fn complete(number: u8, answer: &'static str) -> AnswerWrite {
    AnswerWrite::Complete { key: key(number), answer: answer.into() }
}

on_every_engine! {
    async fn answers_are_read_in_the_asked_order(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        batch.answers = vec![insert(1, Some("one".into())), insert(2, None)];
        fixture.commit(batch).await.unwrap();
        let found = fixture.store.answers(&[key(2), key(3), key(1), key(2)]).await.unwrap();
        let one = StoredAnswer { digest: [1; 32], answer: Some("one".into()) };
        let two = StoredAnswer { digest: [2; 32], answer: None };
        assert_eq!(found, [Some(two.clone()), None, Some(one), Some(two)]);
    }

    async fn a_promise_is_completed_once(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        batch.answers = vec![insert(1, None)];
        fixture.commit(batch).await.unwrap();
        let mut batch = fixture.batch();
        batch.answers = vec![complete(1, "done")];
        fixture.commit(batch).await.unwrap();
        let done = StoredAnswer { digest: [1; 32], answer: Some("done".into()) };
        assert_eq!(fixture.store.answers(&[key(1)]).await.unwrap(), [Some(done)]);

        let mut again = fixture.batch();
        again.answers = vec![complete(1, "done otherwise")];
        assert_eq!(fixture.refusals(again).await, [Refusal::AnswerTaken(key(1))]);
    }

    async fn a_promise_can_be_completed_in_its_own_batch(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        batch.answers = vec![insert(1, None), complete(1, "done")];
        fixture.commit(batch).await.unwrap();
        let found = fixture.store.answers(&[key(1)]).await.unwrap();
        assert_eq!(found[0].as_ref().unwrap().answer, Some("done".into()));
    }

    async fn taken_and_missing_keys_are_refused_together(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        batch.answers = vec![insert(1, Some("one".into())), insert(2, None)];
        fixture.commit(batch).await.unwrap();
        let mut batch = fixture.batch();
        batch.answers = vec![
            insert(1, None),
            complete(2, "two"),
            complete(3, "missing"),
            insert(4, None),
            insert(4, None),
        ];
        let refused = fixture.refusals(batch).await;
        assert_eq!(refused, [1, 3, 4].map(|number| Refusal::AnswerTaken(key(number))));
        let found = fixture.store.answers(&[key(2), key(4)]).await.unwrap();
        assert_eq!(found[0].as_ref().unwrap().answer, None);
        assert_eq!(found[1], None);
    }

    async fn a_key_twice_in_one_batch_is_refused(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        batch.answers = vec![insert(1, None), complete(1, "one"), complete(1, "two")];
        assert_eq!(fixture.refusals(batch).await, [Refusal::AnswerTaken(key(1))]);
    }
}
