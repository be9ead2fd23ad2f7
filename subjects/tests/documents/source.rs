//! Types of the contract as the source text declares them: fields, and what is said about them.

use crate::repository;
use std::{collections::BTreeMap, fs, path::Path};
use syn::{Attribute, Expr, Fields, GenericArgument, Item, Lit, Meta, PathArguments, Type};

/// A structure or enumeration that travels in messages.
pub(super) struct Declared {
    pub(super) name: String,
    /// Module below `src`, such as `account/commands`.
    pub(super) module: String,
    pub(super) doc: String,
    /// Fields of a structure.
    pub(super) fields: Vec<Field>,
    /// Variants of an enumeration, with their docs and what they hold.
    pub(super) variants: Vec<(String, String, Option<String>)>,
}

pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) required: bool,
    pub(super) doc: String,
}

/// Every serialised type with named fields or variants, by name.
pub(super) fn types() -> BTreeMap<String, Declared> {
    let mut types = BTreeMap::new();
    read_folder(&repository("subjects/src"), "", &mut types);
    types
}

fn read_folder(folder: &Path, module: &str, types: &mut BTreeMap<String, Declared>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let module = format!("{module}/{name}").trim_start_matches('/').to_owned();
        if path.is_dir() {
            read_folder(&path, &module, types);
            continue;
        }
        let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
        for declared in file.items.iter().filter_map(|item| declared(item, &module)) {
            types.insert(declared.name.clone(), declared);
        }
    }
}

fn declared(item: &Item, module: &str) -> Option<Declared> {
    let module = module.to_owned();
    match item {
        Item::Struct(item) if is_message(&item.attrs) => {
            let Fields::Named(fields) = &item.fields else { return None };
            let (name, doc) = (item.ident.to_string(), doc(&item.attrs));
            let fields = fields.named.iter().map(field).collect();
            Some(Declared { name, module, doc, fields, variants: Vec::new() })
        }
        Item::Enum(item) if is_message(&item.attrs) => {
            let (name, doc) = (item.ident.to_string(), doc(&item.attrs));
            let variants = item.variants.iter().map(variant).collect();
            Some(Declared { name, module, doc, fields: Vec::new(), variants })
        }
        _ => None,
    }
}

fn variant(variant: &syn::Variant) -> (String, String, Option<String>) {
    let holds = variant.fields.iter().next().map(|field| kind(&field.ty));
    (variant.ident.to_string(), doc(&variant.attrs), holds)
}

fn field(field: &syn::Field) -> Field {
    let optional = argument(&field.ty, "Option").is_some();
    Field {
        name: field.ident.as_ref().unwrap().to_string(),
        kind: kind(argument(&field.ty, "Option").unwrap_or(&field.ty)),
        required: !optional && !mentions(&field.attrs, "serde", "default"),
        doc: doc(&field.attrs),
    }
}

fn is_message(attributes: &[Attribute]) -> bool {
    mentions(attributes, "derive", "Serialize")
}

/// Whether one of the attributes called `name` has the word `argument`, or a path that ends so.
fn mentions(attributes: &[Attribute], name: &str, argument: &str) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident(name) => {
            list.tokens.clone().into_iter().any(|token| token.to_string() == argument)
        }
        _ => false,
    })
}

fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n").replace("[`", "`").replace("`]", "`")
}

/// The argument of a type such as `Option<T>`.
fn argument<'a>(of: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = of else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(argument) => Some(argument),
        _ => None,
    }
}

/// How a type is called in the documents.
fn kind(of: &Type) -> String {
    if let Some(item) = argument(of, "Vec") {
        return format!("list of {}", kind(item));
    }
    if let Some(reply) = argument(of, "Answer") {
        return format!("[answer](#answers) with {}", kind(reply));
    }
    let Type::Path(path) = of else { panic!("a message holds only named types") };
    let name = path.path.segments.last().unwrap().ident.to_string();
    match name.as_str() {
        "String" | "bool" => name.to_lowercase(),
        "i64" | "i32" => name.replace('i', "int"),
        "u64" | "u32" | "u16" | "u8" => name.replace('u', "uint"),
        "Uuid" | "Currency" | "Timestamp" => format!("[{}](#encoding)", name.to_lowercase()),
        "Sealed" | "ByteBuf" => "bytes".to_owned(),
        "AcquirerName" => "string".to_owned(),
        "ErrorCode" => "[error code](#error-codes)".to_owned(),
        "EntityId" | "AccountId" | "MerchantId" | "TransactionId" | "BindingId" | "EndpointId" => {
            "[id](#ids)".to_owned()
        }
        "EntityKind" => "[entity](#subjects)".to_owned(),
        "EntityKey" => "[entity and id](#ids)".to_owned(),
        "BTreeMap" => "map of string to string".to_owned(),
        "P" => "map".to_owned(),
        _ => format!("[{name}](#{})", name.to_lowercase()),
    }
}
