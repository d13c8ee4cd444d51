"""Headers are read by their words, and what is about others is not read."""

# ruff: noqa: E501  an example is read best on one line

from __future__ import annotations

import pytest
from each_row import each_row

from gsprep.mapping.aliases import meaning, meanings
from gsprep.schemas.fields import COMPANY, PERSON

PEOPLE = {
    "E-mail *": "Email", "Email (required)": "Email", "2. E-mail:": "Email", "Q1: Company": "CompanyName",
    "Primary Contact Email": "Email", "Contact: Email": "Email", "contactEmail": "Email", "user.email": "Email",
    "ATTENDEE_FIRST_NAME": "FirstName", "Guest details - First name": "FirstName", "fname": "FirstName",
    "What is your e-mail address?": "Email", "What company do you work for?": "CompanyName",
    "Company / Organisation": "CompanyName", "Company or organization": "CompanyName", "Name of company": "CompanyName",
    "Account: Account Name": "CompanyName", "Client": "CompanyName", "Customer": "CompanyName", "Kundenname": "CompanyName",
    "Phone (mobile)": "Phone", "Work/Mobile phone": "Phone", "Phone #": "Phone", "Contact (Email)": "Email",
    "Attendee": "Name", "Participant": "Name", "Full name (as on your badge)": "Name", "First/Last name": "Name",
    "Mailing Country": "Country", "Notes": "Comments", "Website": "Domain", "Company Domain Name": "Domain",
    "Salesforce Account ID": "SfdcAccountId", "Company ID": "Company_ID", "Email__c": "Email", "Personal email": "OtherEmails",
    "E-Mail des Teilnehmers": "Email", "Teilnehmervorname": "FirstName", "Prénom du participant": "FirstName",
    "Correo electrónico del contacto": "Email", "E-mailadres deelnemer": "Email", "Nome do contato": "Name",
    "Indirizzo e-mail del referente": "Email", "Sitio web de la empresa": "Domain",
    "SMTP_ADDR": "Email", "ACCT_NM": "CompanyName", "CNTRY_CD": "Country", "NAME_ORG1": "CompanyName", "CITY1": "Location",
    "JOB_TTL": "Title", "IS_ACTV": "Active", "organization.name": "CompanyName", "traits.company.name": "CompanyName",
    "E-mail 7 - Value": "OtherEmails", "Contact secondary email": "OtherEmails", "Mobile number (with country code)": "Phone", "Рабочий e-mail": "Email",
    "Company (from Companies)": "CompanyName", "_source.email": "Email",
    "Company Name (Account) (Account)": "CompanyName", "Legal Name - First Name": "FirstName",
    "Organisation (what company do you work for?)": "CompanyName", "Which country are you based in?": "Country",
}  # fmt: skip
COMPANIES = {
    "Client": "Name", "Company / Organisation": "Name", "Account: Industry": "Industry", "# of employees": "Employees",
    "ARR (USD)": "Arr", "ARR in EUR": "Arr", "Salesforce Account ID": "SfdcAccountId", "Company ID": "Gsid",
    "Company Website": "Domain", "Firmentelefon": "Phone", "Kundenstatus": "Status", "Razón social": "Name",
    "Bedrijfsnaam": "Name", "Settore merceologico": "Industry", "Pays de facturation": "Country",
}  # fmt: skip
NOTHING = (
    "Manager e-mail", "Contact owner", "Created by e-mail", "E-mail status", "Email / Phone", "Company (parent)",
    "Assistant's phone", "Billing contact (finance)", "Attendee #", "Contact ID", "Username", "IsCustomer",
    "Guest Of", "Attended", "Person State", "Company State", "Ticket name", "SFDC Contact ID", "Prospect Account Id", "Company Person GSID",
    "MGR_EMAIL", "PHN_TYPE", "NAME1", "Name 1", "CO", "manager.name",
    "Event title", "Shoe size", "Phone type", "Number of employees", "x" * 200,
    "Secondary Contact Email", "2nd contact e-mail", "Contact 2 Email", "Backup contact email",
)  # fmt: skip


@each_row(("header", "field"), PEOPLE.items())
def test_headers_of_people(header: str, field: str) -> None:
    means = meaning(header, PERSON)
    assert means is not None
    assert means.name == field


@each_row(("header", "field"), COMPANIES.items())
def test_headers_of_companies(header: str, field: str) -> None:
    means = meaning(header, COMPANY)
    assert means is not None
    assert means.name == field


@each_row("header", NOTHING)
def test_what_is_about_others_is_not_read(header: str) -> None:
    assert meaning(header, PERSON) is None


@each_row(
    "header",
    [
        "Last Name, First Name",
        "Name (Last, First)",
        "Nachname, Vorname",
        "Surname Forename",
        "Cognome e nome",
        "Last, First",
        "Nom, Prénom",
    ],
)
def test_a_header_of_two_names_is_split(header: str) -> None:
    means = meaning(header, PERSON)
    assert means is not None
    assert (means.name, means.parts) == ("Name", ("LastName", "FirstName"))


@each_row(
    ("headers", "names"),
    [
        pytest.param(["Nom", "Prénom"], ["LastName", "FirstName"], id="French"),
        pytest.param(["Nom"], ["Name"], id="alone"),
        pytest.param(["Nome", "Cognome"], ["FirstName", "LastName"], id="Italian"),
        pytest.param(["Nombre", "Apellidos"], ["FirstName", "LastName"], id="Spanish"),
        pytest.param(["Nome", "Empresa"], ["Name", "CompanyName"], id="Portuguese, the whole name"),
        pytest.param(["Name", "Vorname"], ["LastName", "FirstName"], id="German"),
        pytest.param(["Name", "Vorname", "Nachname"], ["Name", "FirstName", "LastName"], id="German, all three"),
        pytest.param(["Name", "First Name"], ["Name", "FirstName"], id="English"),
        pytest.param(["dn", "cn", "sn", "o", "c"], ["Name", "LastName", "CompanyName", "Country"], id="a directory"),
        pytest.param(["mail", "sn", "asset"], ["Email"], id="a serial number"),
        pytest.param(["氏名", "メールアドレス", "会社名", "電話番号"], ["Name", "Email", "CompanyName", "Phone"], id="Japanese"),
        pytest.param(["姓", "名", "电子邮箱", "职位"], ["LastName", "FirstName", "Email", "Title"], id="Chinese"),
        pytest.param(["Имя", "Фамилия", "Эл. почта"], ["FirstName", "LastName", "Email"], id="Russian"),
        pytest.param(["Имя", "Организация"], ["Name", "CompanyName"], id="Russian, the whole name"),
        pytest.param(["الاسم", "البريد الإلكتروني"], ["Name", "Email"], id="Arabic, the whole name"),
        pytest.param(["Etunimi", "Sukunimi", "Sähköposti", "Yritys"], ["FirstName", "LastName", "Email", "CompanyName"], id="Finnish"),
        pytest.param(["Buyer email", "Buyer first name", "Attendee email", "First name"], ["Email", "FirstName"], id="the attendee's"),
        pytest.param(["Buyer email", "Buyer first name", "First name", "Job title"], ["Email", "FirstName", "Title"], id="the buyer's"),
        pytest.param(["Contact", "First name", "Last name", "Full name"], ["FirstName", "LastName", "Name"], id="a contact's id"),
        pytest.param(["Ad", "Soyad", "E-posta"], ["FirstName", "LastName", "Email"], id="Turkish"),
        pytest.param(["Ad", "Email"], ["Email"], id="an advertisement"),
        pytest.param(["Ad Soyad", "Görevi", "Firma Adı"], ["Name", "Title", "CompanyName"], id="Turkish, the whole name"),
        pytest.param(["Nama Depan", "Nama Belakang", "Alamat Email", "Perusahaan", "Negara", "Jabatan"], ["FirstName", "LastName", "Email", "CompanyName", "Country", "Title"], id="Indonesian"),
        pytest.param(["Ime", "Prezime", "E-pošta", "Tvrtka", "Država"], ["FirstName", "LastName", "Email", "CompanyName", "Country"], id="Croatian"),
        pytest.param(["Meno", "Priezvisko", "Spoločnosť", "Telefón"], ["FirstName", "LastName", "CompanyName", "Phone"], id="Slovak"),
        pytest.param(["Име", "Фамилия", "Имейл", "Фирма", "Държава"], ["FirstName", "LastName", "Email", "CompanyName", "Country"], id="Bulgarian"),
        pytest.param(["Vardas", "Pavardė", "El. paštas", "Įmonė"], ["FirstName", "LastName", "Email", "CompanyName"], id="Lithuanian"),
        pytest.param(["Nom", "Cognoms", "Correu electrònic"], ["FirstName", "LastName", "Email"], id="Catalan"),
        pytest.param(["نام", "نام خانوادگی", "ایمیل", "شرکت"], ["FirstName", "LastName", "Email", "CompanyName"], id="Persian"),
        pytest.param(["नाम", "ईमेल", "कंपनी", "देश"], ["Name", "Email", "CompanyName", "Country"], id="Hindi"),
        pytest.param(["Nume", "Prenume", "Țara"], ["LastName", "FirstName", "Country"], id="Romanian"),
    ],
)  # fmt: skip
def test_names_are_read_together(headers: list[str], names: list[str]) -> None:
    assert [means.name for means in meanings(headers).values()] == names
