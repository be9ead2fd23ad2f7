//! The contact of an endpoint that is disabled gets an e-mail, whatever is in between.

use super::scene::Scene;
use crate::support::{
    platform::{PlatformBuilder, eventually},
    shop::Shop,
    smtp::{MailReply, TestMailServer},
};
use purser_actors::ports::{MailState, StoredMail};
use purser_subjects::callback::{DisableEndpoint, EndpointSettings, RegisterEndpoint};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

impl Scene {
    /// A scene of a live merchant, whose e-mails leave through `server`.
    async fn with_mail(platform: PlatformBuilder, server: &TestMailServer) -> Self {
        let mut scene = Self::set(platform.mail_server(&server.url())).await;
        scene.shop = Shop::open_live(&scene.platform, "live", None).await;
        scene
    }

    /// An operator disables an endpoint of the merchant, of which `contact` is told.
    async fn disable(&self, name: &str, contact: &str) {
        let register = RegisterEndpoint {
            merchant: self.shop.merchant.clone(),
            url: "https://shop.example/cb?token=secret".to_owned(),
            events: Vec::new(),
            description: String::new(),
            secret: self.secret(name, 1),
            settings: EndpointSettings { contact: contact.to_owned(), ..Default::default() },
        };
        self.platform.ask(name, register).await.unwrap();
        self.platform.ask(name, DisableEndpoint { merchant: None }).await.unwrap();
    }

    async fn mails(&self) -> Vec<StoredMail> {
        self.platform.store.mails(10).await.unwrap()
    }

    /// Waits until the newest e-mail was tried so often and is in this state.
    async fn mail_is(&self, state: MailState, attempts: u32) {
        eventually("the e-mail was tried", async || {
            let mails = self.mails().await;
            mails.first().is_some_and(|mail| (mail.state, mail.attempts) == (state, attempts))
        })
        .await;
    }
}

on_both_platforms! {
    async fn the_contact_of_a_disabled_endpoint_gets_an_e_mail(platform) {
        let server = TestMailServer::start().await;
        let scene = Scene::with_mail(platform, &server).await;
        scene.disable("cb", "ops@shop.example").await;
        let mail = &server.wait_for(1).await[0];
        assert_eq!((&mail.from[..], &mail.to[..]), ("notices@pay.example", "ops@shop.example"));
        assert_eq!(mail.header("Subject"), "Your notification endpoint was disabled");
        assert!(mail.data.contains("https://shop.example/cb") && !mail.data.contains("secret"));
        scene.mail_is(MailState::Sent, 1).await;
        scene.clock.advance(Duration::from_secs(86_400));
        tokio::time::sleep(super::scene::MOMENT).await;
        assert_eq!(server.taken().len(), 1);
    }

    async fn an_e_mail_waits_through_an_outage_of_the_mail_server_and_a_kill(platform) {
        let server = TestMailServer::start().await;
        let address = server.address;
        let mut scene = Scene::with_mail(platform, &server).await;
        drop(server);
        scene.disable("cb", "ops@shop.example").await;
        scene.mail_is(MailState::Waiting, 1).await;
        assert!(scene.mails().await[0].error.is_some());
        scene.clock.advance(MINUTE);
        scene.mail_is(MailState::Waiting, 2).await;
        scene.platform = scene.platform.kill().await.start().await;
        let server = TestMailServer::start_at(address).await;
        scene.clock.advance(5 * MINUTE);
        assert_eq!(server.wait_for(1).await[0].to, "ops@shop.example");
        scene.mail_is(MailState::Sent, 3).await;
    }

    async fn a_mail_server_that_hangs_or_forgets_gets_the_same_e_mail_again(platform) {
        let server = TestMailServer::start().await;
        server.answer([MailReply::Hang, MailReply::Forget]);
        let mut scene = Scene::with_mail(platform, &server).await;
        scene.disable("cb", "ops@shop.example").await;
        // It has the e-mail and has not said so when the process is killed.
        tokio::time::sleep(super::scene::MOMENT).await;
        assert_eq!(scene.mails().await[0].attempts, 0);
        scene.platform = scene.platform.kill().await.start().await;
        server.wait_for(1).await;
        scene.mail_is(MailState::Waiting, 1).await;
        scene.clock.advance(MINUTE);
        let taken = server.wait_for(2).await;
        assert_eq!(taken[0], taken[1]);
        assert!(taken[0].header("Message-ID").ends_with("@pay.example>"));
        scene.mail_is(MailState::Sent, 2).await;
    }

    async fn what_the_mail_server_refuses_for_good_is_given_up_and_holds_nothing_up(platform) {
        let server = TestMailServer::start().await;
        server.answer([MailReply::Refuse(550), MailReply::Refuse(451)]);
        let scene = Scene::with_mail(platform, &server).await;
        scene.disable("one", "nobody@shop.example").await;
        scene.mail_is(MailState::GivenUp, 1).await;
        assert!(scene.mails().await[0].error.as_deref().unwrap().contains("550"));
        scene.clock.advance(super::scene::MS);
        scene.disable("two", "ops@shop.example").await;
        scene.mail_is(MailState::Waiting, 1).await;
        scene.clock.advance(super::scene::MS);
        scene.disable("three", "ops@shop.example").await;
        server.wait_for(1).await;
        scene.clock.advance(MINUTE);
        server.wait_for(2).await;
        scene.clock.advance(Duration::from_secs(86_400));
        eventually("nothing waits", async || {
            scene.mails().await.iter().all(|mail| mail.state != MailState::Waiting)
        })
        .await;
        assert_eq!(server.taken().len(), 2);
    }

    async fn e_mails_of_the_sandbox_are_kept_to_be_looked_at(platform) {
        let server = TestMailServer::start().await;
        let scene = Scene::set(platform.mail_server(&server.url())).await;
        scene.disable("cb", "ops@shop.example").await;
        scene.mail_is(MailState::Kept, 1).await;
        assert!(server.taken().is_empty());
    }

    async fn without_a_mail_server_e_mails_wait_until_there_is_one(platform) {
        let mut scene = Scene::set(platform).await;
        scene.shop = Shop::open_live(&scene.platform, "live", None).await;
        scene.disable("cb", "ops@shop.example").await;
        tokio::time::sleep(super::scene::MOMENT).await;
        scene.mail_is(MailState::Waiting, 0).await;
        let server = TestMailServer::start().await;
        scene.platform = scene.platform.kill().await.mail_server(&server.url()).start().await;
        server.wait_for(1).await;
        scene.mail_is(MailState::Sent, 1).await;
    }
}
