//! Indonesian.

use super::{Texts, Words};

pub(super) const TEXTS: Texts = Texts {
    skip: "Lewati ke isi halaman",
    language: "Bahasa",
    purpose: "Hubungkan kartu debit",
    safe: "Data kartu Anda dienkripsi. Toko tidak pernah melihat nomor lengkap maupun CVV.",
    the_shop: "toko",
    steps: "Langkah",
    step_card: "Kartu",
    step_otp: "Kode OTP",
    step_done: "Selesai",
    time_left: "Sisa waktu",
    valid_until: "Berlaku sampai pukul",
    please_fix: Words {
        head: "Periksa kembali isian yang ditandai",
        body: "Demi keamanan, nomor kartu dan CVV perlu diisi lagi.",
    },

    card_title: "Masukkan kartu debit Anda",
    card_lead: "{} meminta izin untuk mendebit kartu ini. Bank Anda akan mengirim kode untuk memastikannya.",
    bank: "Bank",
    phone: "Nomor ponsel",
    customer: "ID pelanggan",
    number: "Nomor kartu",
    brand: "Jenis kartu",
    brands: "Kartu yang diterima",
    holder: "Nama pada kartu",
    expiry: "Berlaku hingga",
    expiry_hint: "Bulan/tahun",
    code: "CVV",
    code_hint: "3 atau 4 angka pada kartu",
    go_on: "Lanjutkan",
    busy: "Sedang diproses…",
    cancel: "Batalkan",

    otp_title: "Masukkan kode OTP",
    otp_sent,
    otp: "Kode OTP",
    otp_hint: "Jangan berikan kode ini kepada siapa pun.",
    confirm: "Konfirmasi",
    tries_left: |count| format!("Tersisa {count} kali percobaan."),
    wrong_otp: |count| format!("Kode salah. Tersisa {count} kali percobaan."),
    resend: "Kirim ulang kode",
    resends_left: |count| format!("Kode dapat dikirim ulang {count} kali lagi."),
    resent: "Kode baru sudah dikirim.",
    no_resends: "Kode tidak dapat dikirim ulang lagi.",
    otp_expired: "Kode sudah kedaluwarsa. Minta kode baru.",
    bank_silent: "Bank tidak dapat dihubungi saat ini. Coba beberapa saat lagi.",

    number_missing: "Isi nomor kartu.",
    number_wrong: "Nomor kartu tidak benar. Periksa kembali angkanya.",
    holder_missing: "Isi nama seperti yang tertulis pada kartu.",
    holder_wrong: "Nama hanya boleh berisi huruf, spasi, titik, tanda hubung, dan apostrof.",
    expiry_missing: "Isi masa berlaku kartu.",
    expiry_wrong: "Isi bulan dan tahun, misalnya 08/29.",
    expiry_past: "Masa berlaku kartu ini sudah lewat.",
    code_missing: "Isi CVV.",
    code_wrong: "CVV terdiri dari 3 atau 4 angka.",
    otp_missing: "Isi kode yang dikirim bank Anda.",
    otp_form: "Kode hanya terdiri dari angka, sebanyak 4 sampai 8.",

    refused_again: Words {
        head: "Kartu ditolak oleh bank",
        body: "Periksa data kartu, atau pakai kartu lain.",
    },
    blocked_again: Words {
        head: "Kartu diblokir oleh bank",
        body: "Pakai kartu lain, atau hubungi bank Anda.",
    },
    expired_again: Words {
        head: "Kartu sudah kedaluwarsa",
        body: "Pakai kartu yang masih berlaku.",
    },
    unsupported_again: Words {
        head: "Bank belum didukung",
        body: "Bank kartu ini belum menyediakan layanan ini. Pakai kartu dari bank lain.",
    },
    silent_again: Words {
        head: "Bank tidak menjawab",
        body: "Kartu belum dihubungkan. Coba sekali lagi beberapa saat lagi.",
    },
    bound_again: Words {
        head: "Kartu sudah terhubung",
        body: "Kartu ini sudah terhubung dengan akun Anda di {}. Pakai kartu lain, atau batalkan.",
    },

    working: Words {
        head: "Menunggu jawaban bank",
        body: "Jangan tutup halaman ini. Halaman diperbarui sendiri.",
    },
    look_again: "Periksa sekarang",
    bound: Words {
        head: "Kartu terhubung",
        body: "Kartu ini kini dapat dipakai untuk membayar di {}.",
    },
    linked_card: "Kartu",
    failed: Words {
        head: "Kartu tidak dapat dihubungkan",
        body: "Bank tidak menyetujui permintaan ini. Tidak ada dana yang ditarik. Anda dapat mengulang dari {}.",
    },
    refused_card: Words {
        head: "Kartu ditolak",
        body: "Bank tidak menerima kartu ini. Tidak ada dana yang ditarik. Ulangi dari {} dengan kartu lain.",
    },
    blocked: Words {
        head: "Terlalu banyak kode salah",
        body: "Demi keamanan, permintaan ini ditutup. Tidak ada dana yang ditarik. Anda dapat mengulang dari {}.",
    },
    unsupported: Words {
        head: "Bank belum didukung",
        body: "Bank kartu ini belum menyediakan layanan ini. Ulangi dari {} dengan kartu lain.",
    },
    silent: Words {
        head: "Bank tidak menjawab",
        body: "Bank tidak dapat dihubungi. Tidak ada dana yang ditarik. Anda dapat mengulang dari {}.",
    },
    expired: Words {
        head: "Waktu habis",
        body: "Halaman ini hanya berlaku sebentar demi keamanan. Anda dapat mengulang dari {}.",
    },
    cancelled: Words {
        head: "Dibatalkan",
        body: "Kartu tidak dihubungkan dan tidak ada dana yang ditarik.",
    },
    unknown: Words {
        head: "Tautan tidak dikenal",
        body: "Tautan ini tidak lengkap atau tidak berlaku. Buka kembali halaman ini dari aplikasi atau situs toko.",
    },
    unavailable: Words {
        head: "Belum berhasil",
        body: "Layanan sedang sibuk. Yang sudah Anda isi tidak diproses dua kali. Coba beberapa saat lagi.",
    },
    too_large: Words {
        head: "Isian terlalu panjang",
        body: "Kembali ke halaman sebelumnya, lalu coba lagi.",
    },
    strange: Words {
        head: "Permintaan ditolak",
        body: "Formulir ini tidak dikirim dari halaman kami. Buka kembali halaman dari aplikasi atau situs toko.",
    },
    try_again: "Coba lagi",
    back: "Kembali ke {}",
    going_back: "Anda akan kembali ke {} secara otomatis.",
    close: "Anda dapat menutup halaman ini.",

    sandbox_title: "Sandbox: kartu dan kode uji",
    sandbox_card: "Ini bukan uang sungguhan. Kartu berikut berperilaku seperti yang tertulis; nama bebas, CVV 3 angka, masa berlaku yang akan datang.",
    sandbox_otp: "Ini bukan uang sungguhan. Tidak ada SMS yang dikirim; pakai salah satu kode berikut.",
    sandbox_number: "Nomor",
    sandbox_code: "Kode",
    sandbox_what: "Yang terjadi",
    sandbox_fill: "Isikan kartu",
    sandbox_other: "lainnya",

    pay_purpose: "Konfirmasi pembayaran",
    pay_title: "Konfirmasi pembayaran Anda",
    amount: "Jumlah",
    wrong_code: "Kode salah. Setelah tiga kali salah, kartu diblokir.",
    paid: Words {
        head: "Pembayaran berhasil",
        body: "Terima kasih. {} sudah menerima pembayaran Anda.",
    },
    not_paid: Words {
        head: "Pembayaran tidak berhasil",
        body: "Tidak ada dana yang ditarik. Anda dapat mengulang dari {}.",
    },
    paying: Words {
        head: "Pembayaran sedang diproses",
        body: "Jangan tutup halaman ini. Halaman diperbarui sendiri.",
    },
};

fn otp_sent(bank: Option<&str>, phone: Option<&str>) -> String {
    let bank = bank.unwrap_or("Bank Anda");
    match phone {
        Some(phone) => format!("{bank} mengirim kode ke {phone}."),
        None => format!("{bank} mengirim kode ke ponsel yang terdaftar."),
    }
}
